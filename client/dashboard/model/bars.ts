import type { CallRecord, CellRecord } from "./cell-record.ts";
import type { Span } from "./spans.ts";
import { fractionOf, type TimeView } from "./time-scale.ts";

/** What a piece of a bar says of its stretch of time. */
export type BarKind = "queued" | "running" | "waiting" | "yielded" | "answered" | "failed" | "cancelled" | "open";

/** A piece of a bar: where it begins and how long it is, as fractions of the width. */
export interface Bar {
  readonly kind: BarKind;
  readonly left: number;
  readonly width: number;
}

/** The bars of a cell in this view: what it did, and beneath that when it went on although nobody waited for it. */
export function cellBars(cell: CellRecord, view: TimeView, nowMs: number, leastWidth: number): Bar[] {
  const endMs = cell.endedAtMs ?? nowMs;
  const bars: Bar[] = [];
  const add = (kind: BarKind, spans: readonly Span[]) => {
    for (const { fromMs, toMs = endMs } of joined(spans, view, endMs, leastWidth)) {
      const bar = barOf(kind, fromMs, toMs, view, leastWidth);
      if (bar) bars.push(bar);
    }
  };
  add("queued", [{ fromMs: cell.acceptedAtMs, toMs: cell.startedAtMs ?? endMs }]);
  if (cell.startedAtMs === undefined) return bars;
  add("running", [{ fromMs: cell.startedAtMs, toMs: endMs }]);
  add("waiting", cell.waits.list);
  add("yielded", cell.yields.list);
  return bars;
}

/** The bar of a call; undefined where it is out of view. */
export function callBar(call: CallRecord, view: TimeView, nowMs: number, leastWidth: number): Bar | undefined {
  return barOf(call.ending ?? "open", call.madeAtMs, call.endedAtMs ?? nowMs, view, leastWidth);
}

function barOf(kind: BarKind, fromMs: number, toMs: number, view: TimeView, leastWidth: number): Bar | undefined {
  const left = Math.max(0, fractionOf(view, fromMs));
  const right = Math.min(1, fractionOf(view, toMs));
  if (left > 1 || right < 0) return undefined;
  // So short that it would not be seen, it is drawn a little longer.
  const width = Math.max(right - left, leastWidth);
  return { kind, left: Math.min(left, 1 - leastWidth), width };
}

/** The spans that are in view, those as one between which nobody could see a gap. */
function joined(spans: readonly Span[], view: TimeView, endMs: number, leastWidth: number): Span[] {
  const leastMs = (view.toMs - view.fromMs) * leastWidth;
  const found: Span[] = [];
  for (const { fromMs, toMs = endMs } of spans) {
    if (toMs < view.fromMs || fromMs > view.toMs) continue;
    const last = found.at(-1);
    if (last?.toMs !== undefined && fromMs - last.toMs < leastMs) last.toMs = toMs;
    else found.push({ fromMs, toMs });
  }
  return found;
}
