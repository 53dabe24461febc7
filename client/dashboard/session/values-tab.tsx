import { useSignal } from "@preact/signals";
import { narrow, route } from "../address.ts";
import { formatBytes, shortId } from "../model/format.ts";
import type { SessionModel } from "../model/session-model.ts";
import { Icon } from "../parts/icons.tsx";
import { LongText } from "../parts/json-text.tsx";
import { Notice } from "../parts/notice.tsx";
import { SearchField } from "../parts/search-field.tsx";
import type { SessionSource } from "./source.ts";

/** What the session's cells keep for later ones, as it is now. */
export function ValuesTab({ source }: { readonly source: SessionSource }) {
  void source.version.value;
  const { model } = source;
  const open = useSignal<ReadonlySet<string>>(new Set());
  const { search = "" } = route.value.query;
  const wanted = search.toLowerCase();
  const keys = Array.from(model.values.keys())
    .filter((key) => key.toLowerCase().includes(wanted) || model.values.get(key)?.toLowerCase().includes(wanted))
    .toSorted();
  if (model.values.size === 0) {
    return (
      <Notice title="Nothing is stored">
        <p>
          What cells keep with <code>store()</code> appears here when they end.
        </p>
      </Notice>
    );
  }
  return (
    <>
      <div class="toolbar">
        <span class="stretch" />
        <SearchField
          label="Search stored values"
          hint="key or value"
          value={search}
          onInput={(text) => narrow({ search: text })}
        />
      </div>
      <div class="values" tabIndex={0} role="region" aria-label="Stored values">
        {keys.map((key) => (
          <details
            key={key}
            open={open.value.has(key)}
            onToggle={(event) => {
              const opened = new Set(open.value);
              if (event.currentTarget.open) opened.add(key);
              else opened.delete(key);
              open.value = opened;
            }}
          >
            <summary>
              <Icon name="chevron" />
              <code>{key}</code>
              <span class="muted preview">{model.values.get(key)?.slice(0, 200)}</span>
              <span class="muted number">{formatBytes(model.values.get(key)?.length ?? 0)}</span>
            </summary>
            {open.value.has(key) && <Value name={key} model={model} />}
          </details>
        ))}
      </div>
    </>
  );
}

function Value({ name, model }: { readonly name: string; readonly model: SessionModel }) {
  const writer = model.cells.findLast((cell) => cell.changes.some(({ key }) => key === name));
  return (
    <>
      {writer && (
        <p class="muted">
          Last stored by cell{" "}
          <button type="button" class="plain" onClick={() => narrow({ cell: writer.cellId })}>
            <code>{shortId(writer.cellId)}</code>
          </button>
        </p>
      )}
      <LongText text={indented(model.values.get(name) ?? "")} />
    </>
  );
}

function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
