import {
  type Check,
  exactly,
  type FieldChecks,
  integer,
  isString,
  listOf,
  nameOf,
  oneOf,
  optional,
  stringUpTo,
} from "../protocol/check.ts";
import type { CellError, CellErrorCode } from "../protocol/error-codes.ts";
import { type FrameChecks, readFrame } from "../protocol/frame-check.ts";
import { MAX_ERROR_BYTES } from "../protocol/limits.ts";
import type { ImageItem, TextItem } from "../protocol/values.ts";
import type { CellEnd, CellEvent, CellFigures, PutOut } from "./executor.ts";
import type { Report } from "./messages.ts";

/** Longer than anything takes, and far from where a number is not exact any more. */
const MOST_MS = 1e12;

/** Characters of the lines of a source that an error shows, and of a name. */
const MOST_FRAME = 4 * 1024;
const MOST_NAME = 64;

/** A part with a tag. Fields that are not known would be kept with it, and nobody counts them. */
function tagged<T extends { type: string }>(type: T["type"], fields: Omit<FieldChecks<T>, "type">): Check<T> {
  return exactly<T>({ type: oneOf(type), ...fields } as FieldChecks<T>);
}

const cellId = isString;

const agoMs: Check<number> = (value) =>
  typeof value === "number" && value >= 0 && value <= MOST_MS
    ? undefined
    : { path: "", expected: "milliseconds", got: nameOf(value) };

const figures = exactly<CellFigures>({ cpuMs: integer(0), heapBytes: optional(integer(0)) });

const cellError = exactly<Omit<CellError, "reason">>({
  code: oneOf("script_error", "syntax_error", "memory_limit", "cpu_limit") as Check<unknown> as Check<CellErrorCode>,
  message: stringUpTo(MAX_ERROR_BYTES),
  line: optional(integer(1)),
  column: optional(integer(1)),
  frame: optional(stringUpTo(MOST_FRAME)),
  limit: optional(stringUpTo(MOST_NAME)),
}) as Check<unknown> as Check<CellError>;

const failed = exactly<Extract<CellEnd, { how: "failed" }>>({ how: oneOf("failed"), error: cellError });
const ended = exactly<{ how: Exclude<CellEnd["how"], "failed"> }>({ how: oneOf("finished", "terminated") });

const end: Check<CellEnd> = (value) =>
  (value as { how?: unknown } | null)?.how === "failed" ? failed(value) : ended(value);

// Bytes come beside a report, and take the place of its text when it has been checked. Only frames have `more`.
const textItem = tagged<Omit<TextItem, "more">>("text", { text: isString });
const imageItem = tagged<Omit<ImageItem, "more">>("image", {
  imageUrl: isString,
  detail: optional(oneOf("auto", "low", "high", "original")),
});
const item: Check<unknown> = (value) =>
  (value as { type?: unknown } | null)?.type === "image" ? imageItem(value) : textItem(value);

const eventChecks: FrameChecks<CellEvent> = {
  started: tagged("started", { agoMs: optional(agoMs) }),
  content: tagged("content", { item: item as Check<PutOut> }),
  notify: tagged("notify", { text: isString }),
  tool_call: tagged("tool_call", { call: integer(1), tool: isString, input: optional(isString) }),
  yield: tagged("yield", {}),
  write: tagged("write", { key: isString, json: isString }),
  usage: tagged("usage", { usage: figures }),
  ended: tagged("ended", { end, usage: optional(figures) }),
};

const event: Check<CellEvent> = (value) => {
  const reading = readFrame(value, eventChecks);
  return "refusal" in reading ? { path: "", expected: "an event", got: reading.refusal.message } : undefined;
};

const eventList = listOf(event);

/** The end of a cell is the last of its events. */
const events: Check<readonly CellEvent[]> = (value) => {
  const found = eventList(value);
  if (found) return found;
  const at = (value as CellEvent[]).findIndex(({ type }) => type === "ended");
  const isLast = at === -1 || at === (value as CellEvent[]).length - 1;
  return isLast
    ? undefined
    : { path: `[${at}]`, expected: "the end of a cell as its last event", got: "others behind it" };
};

const reportChecks: FrameChecks<Report> = {
  ready: tagged("ready", {}),
  events: tagged("events", { cellId, events }),
  long_event: tagged("long_event", { cellId, event }),
  woke: tagged("woke", { cellId }),
  pong: tagged("pong", {}),
  broken: tagged("broken", {
    reason: oneOf("stuck", "memory"),
    sessionId: stringUpTo(MOST_NAME),
    message: stringUpTo(MOST_FRAME),
  }),
};

/**
 * Throws for what is no report. It comes from a process in which code of cells runs: whoever breaks out of V8 there can say
 * what they like, and the gateway is to lose that process by it and nothing else.
 */
export function assertReport(value: unknown): asserts value is Report {
  const reading = readFrame(value, reportChecks);
  if ("refusal" in reading) throw new Error(`no report: ${reading.refusal.message}`);
}
