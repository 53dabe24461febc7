import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { narrow, route } from "../address.ts";
import { FilteredList } from "../model/filtered-list.ts";
import { formatBytes, formatCount, formatTime, shortId } from "../model/format.ts";
import { frameSummary } from "../model/frame-text.ts";
import type { SeenFrame } from "../model/seen-frame.ts";
import type { SessionModel } from "../model/session-model.ts";
import { CellFilter } from "../parts/cell-filter.tsx";
import { Icon } from "../parts/icons.tsx";
import { Notice } from "../parts/notice.tsx";
import { PauseButton } from "../parts/pause-button.tsx";
import { SearchField } from "../parts/search-field.tsx";
import { VirtualGrid } from "../parts/virtual-grid.tsx";
import { saveText } from "../save-text.ts";
import type { SessionSource } from "./source.ts";

const columns = [
  { label: "#", class: "number" },
  { label: "Time" },
  { label: "Way" },
  { label: "Tag" },
  { label: "seq", class: "number" },
  { label: "Cell" },
  { label: "Size", class: "number" },
  { label: "What it says" },
];

/** Every frame between the agent and the gateway, decoded. */
export function FramesTab({ source }: { readonly source: SessionSource }) {
  void source.version.value;
  const { model } = source;
  const { frames } = model;
  const { cell, tag, search = "", frame: selected } = route.value.query;
  const pausedAt = useSignal<number | undefined>(undefined);
  const follows = useSignal(source.isLive);
  const list = useMemo(() => new FilteredList(frames, filterOf(model, cell, tag, search)), [model, cell, tag, search]);
  const indexes = list.indexes(pausedAt.value);
  const frameAt = (row: number) => frames.at(indexes[row] ?? -1);
  return (
    <>
      <div class="toolbar">
        <PauseButton end={frames.end} pausedAt={pausedAt} />
        <button
          type="button"
          disabled={frames.length === 0}
          onClick={() => saveText(`${source.model.sessionId || "trace"}.jsonl`, source.traceText())}
        >
          <Icon name="download" />
          Export trace
        </button>
        <span class="muted" role="status">
          {formatCount(indexes.length)} of {formatCount(frames.length)}
          {frames.first > 0 && `, ${formatCount(frames.first)} forgotten`}
        </span>
        <span class="stretch" />
        <CellFilter />
        <TagSelect source={source} value={tag} />
        <SearchField
          label="Search frames"
          hint="search what they say"
          value={search}
          onInput={(text) => narrow({ search: text })}
        />
      </div>
      {indexes.length === 0 ? (
        <Notice title={frames.length === 0 ? "No frames yet" : "No frame is like this"}>
          {frames.length === 0 && <p>They appear here from when this page began to watch the session.</p>}
        </Notice>
      ) : (
        <VirtualGrid
          label="Frames"
          class="frames-grid"
          columns={columns}
          count={indexes.length}
          rowKey={(row) => indexes[row] ?? row}
          cells={(row) => cellsOf(indexes[row] ?? 0, frameAt(row))}
          active={selected === undefined ? -1 : indexes.indexOf(Number(selected))}
          onActive={(row) => narrow({ frame: String(indexes[row]) })}
          onKey={(event) => {
            if (event.key === "Escape") narrow({ frame: undefined });
          }}
          follows={follows.value && selected === undefined}
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
  tag: string | undefined,
  search: string,
): (frame: SeenFrame) => boolean {
  const wanted = search.toLowerCase();
  return (frame) => {
    if (tag !== undefined && frame.tag !== tag) return false;
    if (cell !== undefined && model.cellOfFrame(frame) !== cell) return false;
    return wanted === "" || frame.tag.includes(wanted) || frameSummary(frame).toLowerCase().includes(wanted);
  };
}

function TagSelect({ source, value }: { readonly source: SessionSource; readonly value: string | undefined }) {
  const tags = Array.from(source.model.tags).toSorted(([left], [right]) => left.localeCompare(right));
  return (
    <select aria-label="Tag" value={value ?? ""} onChange={(event) => narrow({ tag: event.currentTarget.value })}>
      <option value="">every tag</option>
      {tags.map(([tag, count]) => (
        <option key={tag} value={tag}>
          {tag} ({formatCount(count)})
        </option>
      ))}
    </select>
  );
}

function cellsOf(index: number, frame: SeenFrame | undefined) {
  if (!frame) return [];
  const { atMs, direction, tag, seq, cellId, sizeBytes } = frame;
  return [
    <span class="muted">{index + 1}</span>,
    <span class="mono muted">{formatTime(atMs)}</span>,
    <span
      class={`way ${direction}`}
      title={direction === "in" ? "from the agent to the gateway" : "from the gateway to the agent"}
    >
      <Icon name={direction === "in" ? "inward" : "outward"} /> {direction}
    </span>,
    <code>{tag}</code>,
    seq ?? "",
    <code title={cellId}>{cellId === undefined ? "" : shortId(cellId)}</code>,
    formatBytes(sizeBytes),
    <span class="mono muted">{frameSummary(frame).slice(0, 200)}</span>,
  ];
}
