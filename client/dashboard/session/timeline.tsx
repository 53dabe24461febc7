import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { narrow, route } from "../address.ts";
import { type CellPhase, cellPhases } from "../model/cell-record.ts";
import { formatCount } from "../model/format.ts";
import { filterCells, Waterfall, type WaterfallRow } from "../model/waterfall.ts";
import { Notice } from "../parts/notice.tsx";
import { SearchField } from "../parts/search-field.tsx";
import { VirtualGrid } from "../parts/virtual-grid.tsx";
import type { SessionSource } from "./source.ts";
import { Axis, TimeLines } from "./time-axis.tsx";
import { TimeButtons } from "./time-buttons.tsx";
import { TimeWindow } from "./time-window.ts";
import { rowCells } from "./timeline-row.tsx";

/** Of a session that is drawn while it goes on: often enough for the line of now to seem to move. */
const DRAW_MS = 100;

/** The cells of a session over time, and beneath each its calls. */
export function Timeline({ source }: { readonly source: SessionSource }) {
  void source.version.value;
  return source.model.cells.length === 0 ? <NoCells isLive={source.isLive} /> : <Cells source={source} />;
}

function Cells({ source }: { readonly source: SessionSource }) {
  const { model, isLive } = source;
  const { query } = route.value;
  const time = useMemo(() => new TimeWindow(), [source]);
  const open = useSignal<ReadonlySet<string>>(new Set());
  const follows = useSignal(isLive);
  const width = useTrackWidth();
  useNow(isLive);
  useEffect(() => {
    if (!isLive) time.mode.value = "all";
  }, [time]);

  const phase = cellPhases.find((known) => known === query.state);
  const cells = filterCells(model.cells, { text: (query.filter ?? "").toLowerCase(), phase });

  const waterfall = new Waterfall(cells, open.value);
  const nowMs = source.nowMs();
  const view = time.viewAt(model, nowMs);
  const originMs = model.cells[0]?.acceptedAtMs ?? nowMs;
  const toggle = (cellId: string) => {
    const opened = new Set(open.value);
    if (!opened.delete(cellId)) opened.add(cellId);
    open.value = opened;
    follows.value = false;
  };
  const select = (index: number) => {
    const row = waterfall.row(index);
    if (row) narrow({ cell: row.cell.cellId, call: row.type === "call" ? row.call.callId : undefined });
  };
  const selected = model.cell(query.cell);
  const zoomToSelected = selected && (() => time.showSpan(selected.acceptedAtMs, selected.endedAtMs ?? nowMs));
  const active = activeRow(waterfall, query.cell, query.call);
  const onKey = (event: KeyboardEvent) => {
    const row = waterfall.row(active);
    if (event.key === "+" || event.key === "=") time.zoom(view, 0.5);
    else if (event.key === "-") time.zoom(view, 2);
    else if (event.key === "0") time.mode.value = "all";
    else if (event.key === "f") time.mode.value = "follow";
    else if (event.key === "z") zoomToSelected?.();
    else if (event.key === "Escape") narrow({ cell: undefined, call: undefined });
    else if (row?.type === "cell" && event.key === (row.isOpen ? "ArrowLeft" : "ArrowRight")) toggle(row.cell.cellId);
    else if (row?.type === "call" && event.key === "ArrowLeft") narrow({ call: undefined });
  };
  return (
    <>
      <div class="toolbar">
        <TimeButtons time={time} view={view} isLive={isLive} zoomToSelected={zoomToSelected} />
        <span class="stretch" />
        <span class="muted" role="status">
          {cells.length === model.cells.length
            ? ""
            : `${formatCount(cells.length)} of ${formatCount(model.cells.length)}`}
        </span>
        <PhaseSelect value={phase} />
        <SearchField
          label="Filter cells"
          hint="id, source, tool, error"
          value={query.filter ?? ""}
          onInput={(filter) => narrow({ filter })}
        />
      </div>
      <div class="fill" ref={width.frame} onWheel={(event) => onWheel(event, time, view, width.frame.current)}>
        <VirtualGrid
          label="Cells over time"
          class="timeline-grid"
          columns={[
            { label: "Cell" },
            { label: "State" },
            { label: "Time", class: "number" },
            { label: <Axis view={view} originMs={originMs} width={width.px} time={time} />, class: "axis" },
          ]}
          count={waterfall.count}
          rowKey={(index) => index}
          cells={(index) => rowCells(waterfall.row(index), { view, nowMs, width: width.px, toggle })}
          rowPlace={(index) => placeOf(waterfall.row(index))}
          active={active}
          onActive={select}
          onKey={onKey}
          follows={follows.value && active < 0}
          onFollow={(now) => {
            follows.value = now;
          }}
        >
          <TimeLines view={view} originMs={originMs} width={width.px} nowMs={isLive ? nowMs : undefined} />
        </VirtualGrid>
      </div>
    </>
  );
}

function activeRow(waterfall: Waterfall, cellId: string | undefined, callId: string | undefined): number {
  if (cellId === undefined) return -1;
  const cellRow = waterfall.rowOf(cellId);
  if (callId === undefined || cellRow < 0) return cellRow;
  for (let row = cellRow + 1; row < waterfall.count; row++) {
    const found = waterfall.row(row);
    if (found?.type !== "call") break;
    if (found.call.callId === callId) return row;
  }
  return cellRow;
}

function placeOf(row: WaterfallRow | undefined) {
  if (row?.type !== "cell") return { level: 2, isOpen: undefined };
  return { level: 1, isOpen: row.cell.calls.length > 0 ? row.isOpen : undefined };
}

function PhaseSelect({ value }: { readonly value: CellPhase | undefined }) {
  return (
    <select aria-label="State" value={value ?? ""} onChange={(event) => narrow({ state: event.currentTarget.value })}>
      <option value="">every state</option>
      {cellPhases.map((phase) => (
        <option key={phase} value={phase}>
          {phase}
        </option>
      ))}
    </select>
  );
}

function NoCells({ isLive }: { readonly isLive: boolean }) {
  if (!isLive) return <Notice title="No cells ran while this was watched" />;
  return (
    <Notice title="No cells yet">
      <p>They are drawn here as the agent runs them.</p>
    </Notice>
  );
}

/** Draws again all the time, while something may move. */
function useNow(isLive: boolean): void {
  const drawn = useSignal(0);
  void drawn.value;
  useEffect(() => {
    if (!isLive) return undefined;
    const timer = setInterval(() => {
      if (!document.hidden) drawn.value += 1;
    }, DRAW_MS);
    return () => clearInterval(timer);
  }, [isLive]);
}

/** How wide the time axis is drawn, in pixels. */
function useTrackWidth() {
  const frame = useRef<HTMLDivElement>(null);
  const px = useSignal(800);
  useEffect(() => {
    const axis = frame.current?.querySelector(".axis");
    if (!axis) return undefined;
    const measure = new ResizeObserver(() => {
      px.value = Math.max(1, axis.clientWidth);
    });
    measure.observe(axis);
    return () => measure.disconnect();
  }, []);
  return { frame, px: px.value };
}

/** Zooms with Ctrl or the command key, as maps do, and pans sideways. */
function onWheel(
  event: WheelEvent,
  time: TimeWindow,
  view: ReturnType<TimeWindow["viewAt"]>,
  frame: HTMLElement | null,
): void {
  const axis = frame?.querySelector(".axis")?.getBoundingClientRect();
  if (!axis) return;
  if (event.ctrlKey || event.metaKey) {
    event.preventDefault();
    const around = view.fromMs + ((event.clientX - axis.left) / axis.width) * (view.toMs - view.fromMs);
    time.zoom(view, Math.exp(event.deltaY / 300), time.mode.value === "follow" ? undefined : around);
  } else if (event.deltaX !== 0 && Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
    event.preventDefault();
    time.pan(view, event.deltaX / axis.width);
  }
}
