import { type Check, integer, isString, listOf, nameOf, oneOf, optional, shape } from "../protocol/check.ts";
import { frame, type FrameChecks, readFrame } from "../protocol/frame-check.ts";
import { cellError, contentItem } from "../protocol/value-checks.ts";
import type { CellEnd, CellEvent, CellFigures, PutOut } from "./executor.ts";
import type { Report } from "./messages.ts";

/** Longer than anything takes, and far from where a number is not exact any more. */
const MOST_MS = 1e12;

const cellId = isString;

const agoMs: Check<number> = (value) =>
  typeof value === "number" && value >= 0 && value <= MOST_MS
    ? undefined
    : { path: "", expected: "milliseconds", got: nameOf(value) };

const figures = shape<CellFigures>({ cpuMs: integer(0), heapBytes: optional(integer(0)) });

const failed = shape<Extract<CellEnd, { how: "failed" }>>({ how: oneOf("failed"), error: cellError });
const ended = shape<{ how: Exclude<CellEnd["how"], "failed"> }>({ how: oneOf("finished", "terminated") });

const end: Check<CellEnd> = (value) =>
  (value as { how?: unknown } | null)?.how === "failed" ? failed(value) : ended(value);

const eventChecks: FrameChecks<CellEvent> = {
  started: frame("started", { agoMs: optional(agoMs) }),
  // Bytes come beside a report, and take the place of its text when it has been checked.
  content: frame("content", { item: contentItem as Check<unknown> as Check<PutOut> }),
  notify: frame("notify", { text: isString }),
  tool_call: frame("tool_call", { call: integer(1), tool: isString, input: optional(isString) }),
  yield: frame("yield", {}),
  write: frame("write", { key: isString, json: isString }),
  usage: frame("usage", { usage: figures }),
  ended: frame("ended", { end, usage: optional(figures) }),
};

const event: Check<CellEvent> = (value) => {
  const reading = readFrame(value, eventChecks);
  return "refusal" in reading ? { path: "", expected: "an event", got: reading.refusal.message } : undefined;
};

const reportChecks: FrameChecks<Report> = {
  ready: frame("ready", {}),
  events: frame("events", { cellId, events: listOf(event) as Check<unknown> as Check<readonly CellEvent[]> }),
  long_event: frame("long_event", { cellId, event }),
  woke: frame("woke", { cellId }),
  pong: frame("pong", {}),
  broken: frame("broken", { reason: oneOf("stuck", "memory"), sessionId: isString, message: isString }),
};

/**
 * Throws for what is no report. It comes from a process in which code of cells runs: whoever breaks out of V8 there can say
 * what they like, and the gateway is to lose that process by it and nothing else.
 */
export function assertReport(value: unknown): asserts value is Report {
  const reading = readFrame(value, reportChecks);
  if ("refusal" in reading) throw new Error(`no report: ${reading.refusal.message}`);
}
