import { useSignal } from "@preact/signals";
import type { ToolDefinition } from "../../index.ts";
import { toolCompletions } from "../model/cell-helpers.ts";
import { formatCount } from "../model/format.ts";
import { Icon } from "../parts/icons.tsx";
import { playground } from "./playground-store.ts";
import { PasteForm, ToolForm } from "./tool-form.tsx";

/** What is done to the list of tools: one is changed (by its name), one is added, or several are pasted. */
type Editing = { readonly what: "tool"; readonly name: string } | { readonly what: "new" | "pasted" } | undefined;

/** The tools that cells may call, as they are declared to the gateway. */
export function ToolsPart() {
  const editing = useSignal<Editing>(undefined);
  const tools = playground.tools.value;
  const done = () => {
    editing.value = undefined;
  };
  return (
    <section class="tools" aria-label="Tools">
      <header>
        <h2>Tools ({formatCount(tools.length)})</h2>
        <span class="stretch" />
        <button
          type="button"
          onClick={() => {
            editing.value = { what: "new" };
          }}
        >
          <Icon name="plus" />
          Add a tool
        </button>
        <button
          type="button"
          onClick={() => {
            editing.value = { what: "pasted" };
          }}
        >
          Paste JSON
        </button>
      </header>
      {editing.value?.what === "new" && <ToolForm onDone={done} />}
      {editing.value?.what === "pasted" && <PasteForm onDone={done} />}
      <ul>
        {tools.map((tool) => (
          <li key={tool.name}>
            {editing.value?.what === "tool" && editing.value.name === tool.name ? (
              <ToolForm tool={tool} onDone={done} />
            ) : (
              <ToolRow
                tool={tool}
                onEdit={() => {
                  editing.value = { what: "tool", name: tool.name };
                }}
              />
            )}
          </li>
        ))}
      </ul>
      {tools.length === 0 && <p class="muted">Cells have no tools to call.</p>}
    </section>
  );
}

function ToolRow({ tool, onEdit }: { readonly tool: ToolDefinition; readonly onEdit: () => void }) {
  const canned = playground.answers.canned.value[tool.name];
  const [called] = toolCompletions([tool]);
  return (
    <div class="tool">
      <code>
        <span class="strong">{called?.name}</span>
        {called?.signature}
      </code>
      <span class="muted description" title={tool.description}>
        {tool.description}
      </span>
      {canned && (
        <button
          type="button"
          title="Calls are answered without asking you"
          aria-label={`Calls of ${tool.name} are answered without asking you: ask again`}
          onClick={() => playground.answers.keep(tool.name, undefined)}
        >
          always {canned.type === "resolve" ? (JSON.stringify(canned.value) ?? "undefined").slice(0, 24) : "rejects"}
          <Icon name="close" />
        </button>
      )}
      <button type="button" class="plain" aria-label={`Edit ${tool.name}`} onClick={onEdit}>
        Edit
      </button>
      <button
        type="button"
        class="plain"
        aria-label={`Remove ${tool.name}`}
        onClick={() => {
          playground.tools.value = playground.tools.value.filter((other) => other !== tool);
        }}
      >
        Remove
      </button>
    </div>
  );
}
