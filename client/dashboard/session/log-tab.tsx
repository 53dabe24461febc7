import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { narrow, route } from "../address.ts";
import { FilteredList } from "../model/filtered-list.ts";
import { formatCount, formatTime, shortId } from "../model/format.ts";
import { cellOf, logKinds, logLine } from "../model/log-text.ts";
import type { LogEntry, SessionModel } from "../model/session-model.ts";
import { CellFilter } from "../parts/cell-filter.tsx";
import { Notice } from "../parts/notice.tsx";
import { PauseButton } from "../parts/pause-button.tsx";
import { SearchField } from "../parts/search-field.tsx";
import { VirtualGrid } from "../parts/virtual-grid.tsx";
import type { SessionSource } from "./source.ts";

const columns = [{ label: "Time" }, { label: "Kind" }, { label: "Cell" }, { label: "What happened" }];

/** Everything that happened, notifications among it, in order. */
export function LogTab({ source }: { readonly source: SessionSource }) {
  void source.version.value;
  const { model } = source;
  const { log } = model;
  const { cell, kind, search = "" } = route.value.query;
  const pausedAt = useSignal<number | undefined>(undefined);
  const follows = useSignal(source.isLive);
  const active = useSignal(-1);
  const list = useMemo(
    () => new FilteredList(log, filterOf(model, cell, kind, search)),
    [model, log, cell, kind, search],
  );
  const indexes = list.indexes(pausedAt.value);
  const entryAt = (row: number) => log.at(indexes[row] ?? -1);
  return (
    <>
      <div class="toolbar">
        <PauseButton end={log.end} pausedAt={pausedAt} />
        <span class="muted" role="status">
          {formatCount(indexes.length)} of {formatCount(log.length)}
          {log.first > 0 && `, ${formatCount(log.first)} forgotten`}
        </span>
        <span class="stretch" />
        <CellFilter />
        <select aria-label="Kind" value={kind ?? ""} onChange={(event) => narrow({ kind: event.currentTarget.value })}>
          <option value="">every kind</option>
          {logKinds.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
        <SearchField label="Search the log" hint="search" value={search} onInput={(text) => narrow({ search: text })} />
      </div>
      {indexes.length === 0 ? (
        <Notice title={log.length === 0 ? "Nothing has happened yet" : "Nothing is like this"} />
      ) : (
        <VirtualGrid
          label="Log"
          class="log-grid"
          columns={columns}
          count={indexes.length}
          rowKey={(row) => indexes[row] ?? row}
          cells={(row) => cellsOf(model, entryAt(row))}
          rowClass={(row) => {
            const entry = entryAt(row);
            return entry && logLine(entry, model).isBad ? "bad" : "";
          }}
          active={active.value}
          onActive={(row) => {
            active.value = row;
          }}
          onOpen={(row) => {
            const entry = entryAt(row);
            const cellId = entry && cellOf(entry);
            if (cellId !== undefined) narrow({ cell: cellId });
          }}
          follows={follows.value}
          onFollow={(now) => {
            follows.value = now;
          }}
        />
      )}
    </>
  );
}

function filterOf(
  model: SessionModel,
  cell: string | undefined,
  kind: string | undefined,
  search: string,
): (entry: LogEntry) => boolean {
  const wanted = search.toLowerCase();
  return (entry) => {
    if (cell !== undefined && cellOf(entry) !== cell) return false;
    const line = logLine(entry, model);
    if (kind !== undefined && line.kind !== kind) return false;
    return (
      wanted === "" || line.text.toLowerCase().includes(wanted) || (cellOf(entry)?.toLowerCase() ?? "").includes(wanted)
    );
  };
}

function cellsOf(model: SessionModel, entry: LogEntry | undefined) {
  if (!entry) return [];
  const cellId = cellOf(entry);
  const { kind, text } = logLine(entry, model);
  return [
    <span class="mono muted">{formatTime(entry.atMs)}</span>,
    <span class={`kind kind-${kind}`}>{kind}</span>,
    <code title={cellId}>{cellId === undefined ? "" : shortId(cellId)}</code>,
    <span title={text}>{text}</span>,
  ];
}
