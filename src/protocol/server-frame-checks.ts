import {
  type Check,
  integer,
  isBoolean,
  isString,
  jsonValue,
  listOf,
  mapOf,
  nameOf,
  oneOf,
  optional,
  shape,
} from "./check.ts";
import type { CellError, CellErrorCode, RequestErrorCode } from "./error-codes.ts";
import { frame, type FrameChecks } from "./frame-check.ts";
import type { AnnouncedLimits } from "./limits.ts";
import type { ServerFrame } from "./server-frames.ts";
import type { CellStatus, CellUsage, ContentItem, ImageItem, JsonValue, TextItem } from "./values.ts";

const seq = integer(1);
const id = integer(1);
const cellId = isString;
const callId = isString;
const isTrue: Check<true> = (value) =>
  value === true ? undefined : { path: "", expected: "true", got: nameOf(value) };
const more = optional(isTrue);

const textItem = shape<TextItem>({ type: oneOf("text"), text: isString, more });
const imageItem = shape<ImageItem>({
  type: oneOf("image"),
  imageUrl: isString,
  detail: optional(oneOf("auto", "low", "high", "original")),
  more,
});
const contentItem: Check<ContentItem> = (value) =>
  (value as { type?: unknown } | null)?.type === "image" ? imageItem(value) : textItem(value);
const content = listOf(contentItem);

const cellStatus = shape<CellStatus>({
  cellId,
  state: oneOf("queued", "running", "terminating", "finished"),
  ageMs: integer(0),
  openCalls: integer(0),
  unreadBytes: integer(0),
  cpuMs: optional(integer(0)),
  heapBytes: optional(integer(0)),
  toolCallId: optional(isString),
});
const usage = optional(
  shape<CellUsage>({
    wallMs: integer(0),
    cpuMs: integer(0),
    heapBytes: optional(integer(0)),
    toolCalls: integer(0),
  }),
);
// A newer gateway may know codes that we do not: that must not make its frames unreadable.
const cellErrorCode = isString as Check<unknown> as Check<CellErrorCode>;
const requestErrorCode = isString as Check<unknown> as Check<RequestErrorCode>;
const cellError = shape<CellError>({
  code: cellErrorCode,
  message: isString,
  line: optional(integer(1)),
  column: optional(integer(1)),
  frame: optional(isString),
  limit: optional(isString),
  reason: optional(oneOf("unknown", "already_taken", "expired")),
});
const limits = mapOf(integer(0)) as Check<unknown> as Check<AnnouncedLimits>;

/** The checks of the gateway's frames. `valueDepth` bounds tool inputs and stored values, in levels. */
export function serverFrameChecks(valueDepth: number): FrameChecks<ServerFrame> {
  const value: Check<JsonValue> = jsonValue(valueDepth);
  return {
    welcome: frame("welcome", {
      sessionId: isString,
      sessionToken: isString,
      turn: integer(1),
      resumed: isBoolean,
      seq: integer(0),
      received: integer(0),
      heartbeatMs: integer(1),
      openCalls: listOf(callId),
      limits,
      cells: listOf(cellStatus),
      server: shape<{ name: string; version: string }>({ name: isString, version: isString }),
    }),
    started: frame("started", { seq, id, cellId }),
    content: frame("content", { seq, id, cellId, content, more }),
    yielded: frame("yielded", { seq, id, cellId, content }),
    result: frame("result", { seq, id, cellId, content, error: optional(cellError), usage }),
    terminated: frame("terminated", { seq, id, cellId, content, usage }),
    error: frame("error", {
      seq,
      id: optional(id),
      code: requestErrorCode,
      message: isString,
      cells: optional(listOf(cellStatus)),
      requestId: optional(id),
      retryAfterMs: optional(integer(0)),
    }),
    tool_call: frame("tool_call", {
      seq,
      callId,
      cellId,
      name: isString,
      kind: oneOf("function", "freeform"),
      input: optional(value),
      attempt: optional(integer(2)),
      timeoutMs: optional(integer(1)),
      traceparent: optional(isString),
    }),
    tool_cancel: frame("tool_cancel", {
      seq,
      callId,
      reason: oneOf("terminated", "ended", "timeout", "shutdown"),
    }),
    notify: frame("notify", { seq, cellId, toolCallId: optional(isString), text: isString }),
    cell_finished: frame("cell_finished", { seq, cellId, ok: isBoolean }),
    cell_closed: frame("cell_closed", { seq, cellId, reason: oneOf("taken", "expired", "session_ended") }),
    cells: frame("cells", { seq, id, cells: listOf(cellStatus) }),
    stored_values: frame("stored_values", { seq, id, values: mapOf(value) }),
    ok: frame("ok", { seq, id }),
    pong: frame("pong", { received: integer(1) }),
    drain: frame("drain", { deadlineMs: integer(0), retryAfterMs: integer(0) }),
  };
}
