import { type Signal, useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import type { JsonValue, ToolDefinition } from "../../index.ts";
import { parseSchema, parseTools } from "../model/tool-text.ts";
import { playground } from "./playground-store.ts";

/** Declares a tool by hand, or changes one. */
export function ToolForm({ tool, onDone }: { readonly tool?: ToolDefinition; readonly onDone: () => void }) {
  const name = useSignal(tool?.name ?? "");
  const description = useSignal(tool?.description ?? "");
  const input = useSignal(schemaText(tool?.inputSchema));
  const output = useSignal(schemaText(tool?.outputSchema));
  const problem = useSignal("");
  const submit = (event: Event) => {
    event.preventDefault();
    try {
      const declared: ToolDefinition = {
        ...tool,
        name: name.value.trim(),
        description: description.value,
        inputSchema: parseSchema("input schema", input.value),
        outputSchema: parseSchema("output schema", output.value),
      };
      declare([declared], tool?.name);
      onDone();
    } catch (error) {
      problem.value = (error as Error).message;
    }
  };
  return (
    <form class="tool-form" aria-label={tool ? `Edit ${tool.name}` : "Add a tool"} onSubmit={submit}>
      <Text label="name" text={name} />
      <Text label="description" text={description} />
      <Schema label="input schema" text={input} />
      <Schema label="output schema" text={output} />
      <Problem text={problem.value} />
      <footer>
        <button type="button" onClick={onDone}>
          Cancel
        </button>
        <button type="submit" class="primary" disabled={name.value.trim() === ""}>
          {tool ? "Change" : "Add"}
        </button>
      </footer>
    </form>
  );
}

/** Declares the tools of a text, such as one keeps for a model. */
export function PasteForm({ onDone }: { readonly onDone: () => void }) {
  const id = useId();
  const text = useSignal("");
  const problem = useSignal("");
  const submit = (event: Event) => {
    event.preventDefault();
    try {
      declare(parseTools(text.value));
      onDone();
    } catch (error) {
      problem.value = (error as Error).message;
    }
  };
  return (
    <form class="tool-form" aria-label="Paste tools" onSubmit={submit}>
      <label for={id}>tools as JSON</label>
      <textarea
        id={id}
        rows={8}
        spellcheck={false}
        placeholder={'[{ "name": "search", "description": "…", "inputSchema": { "type": "object" } }]'}
        value={text.value}
        onInput={(event) => {
          text.value = event.currentTarget.value;
        }}
      />
      <Problem text={problem.value} />
      <footer>
        <button type="button" onClick={onDone}>
          Cancel
        </button>
        <button type="submit" class="primary" disabled={text.value.trim() === ""}>
          Add them
        </button>
      </footer>
    </form>
  );
}

/** Adds tools; one of the same name is replaced, and so is the one called `replaced`. */
function declare(tools: readonly ToolDefinition[], replaced?: string): void {
  const names = new Set(tools.map(({ name }) => name));
  const others = playground.tools.value.filter(({ name }) => name !== replaced && !names.has(name));
  playground.tools.value = [...others, ...tools];
}

function Problem({ text }: { readonly text: string }) {
  return text === "" ? null : (
    <p class="fault" role="alert">
      {text}
    </p>
  );
}

function Text({ label, text }: { readonly label: string; readonly text: Signal<string> }) {
  const id = useId();
  return (
    <>
      <label for={id}>{label}</label>
      <input
        id={id}
        value={text.value}
        spellcheck={false}
        onInput={(event) => {
          text.value = event.currentTarget.value;
        }}
      />
    </>
  );
}

function Schema({ label, text }: { readonly label: string; readonly text: Signal<string> }) {
  const id = useId();
  return (
    <>
      <label for={id}>{label}</label>
      <textarea
        id={id}
        rows={4}
        value={text.value}
        spellcheck={false}
        placeholder="JSON Schema; empty for none"
        onInput={(event) => {
          text.value = event.currentTarget.value;
        }}
      />
    </>
  );
}

function schemaText(schema: { readonly [keyword: string]: JsonValue } | undefined): string {
  return schema ? JSON.stringify(schema, null, 2) : "";
}
