import type { ComponentChildren } from "preact";
import { type Bar, callBar, cellBars } from "../model/bars.ts";
import type { CallRecord, CellRecord } from "../model/cell-record.ts";
import { formatDuration, shortId } from "../model/format.ts";
import type { TimeView } from "../model/time-scale.ts";
import type { WaterfallRow } from "../model/waterfall.ts";
import { Icon } from "../parts/icons.tsx";
import { CallPhase, Phase } from "../parts/phase.tsx";

/** How the rows are drawn. */
interface RowDrawing {
  readonly view: TimeView;
  readonly nowMs: number;
  /** Of the time axis, in pixels. */
  readonly width: number;
  /** Shows or hides the calls of a cell. */
  readonly toggle: (cellId: string) => void;
}

/** What stands in a row of the timeline. */
export function rowCells(row: WaterfallRow | undefined, drawing: RowDrawing): ComponentChildren[] {
  if (!row) return [];
  return row.type === "cell" ? cellRow(row.cell, row.isOpen, drawing) : callRow(row.call, drawing);
}

function cellRow(cell: CellRecord, isOpen: boolean, { view, nowMs, width, toggle }: RowDrawing): ComponentChildren[] {
  const { cellId, calls } = cell;
  return [
    <span class="cell-name">
      {calls.length > 0 ? (
        <button
          type="button"
          class={`plain disclosure ${isOpen ? "open" : ""}`}
          tabIndex={-1}
          aria-label={`Calls of cell ${shortId(cellId)}`}
          aria-expanded={isOpen}
          onClick={(event) => {
            event.stopPropagation();
            toggle(cellId);
          }}
        >
          <Icon name="chevron" />
        </button>
      ) : (
        <span class="disclosure" />
      )}
      <code>{shortId(cellId)}</code>
      <span class="muted">{firstLine(cell)}</span>
    </span>,
    <Phase phase={cell.phase} />,
    formatDuration((cell.endedAtMs ?? nowMs) - cell.acceptedAtMs),
    <Track bars={cellBars(cell, view, nowMs, 2 / width)} phase={cell.phase} />,
  ];
}

function callRow(call: CallRecord, { view, nowMs, width }: RowDrawing): ComponentChildren[] {
  const bar = callBar(call, view, nowMs, 2 / width);
  return [
    <span class="cell-name call-name">
      <code>{call.tool}</code>
    </span>,
    <CallPhase call={call} />,
    formatDuration((call.endedAtMs ?? nowMs) - call.madeAtMs),
    <Track bars={bar ? [bar] : []} phase="call" />,
  ];
}

function Track({ bars, phase }: { readonly bars: readonly Bar[]; readonly phase: string }) {
  return (
    <div class={`track ${phase}`}>
      {bars.map(({ kind, left, width }, index) => (
        <span key={index} class={`bar ${kind}`} style={{ left: `${left * 100}%`, width: `${width * 100}%` }} />
      ))}
    </div>
  );
}

/** What tells cells apart at a glance: their first line of code. */
function firstLine({ source, toolCallId }: CellRecord): string {
  const line = source?.split("\n").find((text) => text.trim() !== "" && !text.trim().startsWith("//"));
  return line?.trim().slice(0, 80) ?? toolCallId ?? "";
}
