import { type Check, integer, isBoolean, isString, jsonValue, listOf, mapOf, oneOf, optional } from "./check.ts";
import { frame, type FrameChecks } from "./frame-check.ts";
import type { ServerFrame } from "./server-frames.ts";
import {
  announcedLimits,
  cellError,
  cellStatus,
  cellUsage,
  contentItem,
  isTrue,
  requestErrorCode,
  software,
} from "./value-checks.ts";
import type { JsonValue } from "./values.ts";

const seq = integer(1);
const id = integer(1);
const cellId = isString;
const callId = isString;
const content = listOf(contentItem);
const more = optional(isTrue);

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
      limits: announcedLimits,
      cells: listOf(cellStatus),
      server: software,
    }),
    started: frame("started", { seq, id, cellId }),
    content: frame("content", { seq, id, cellId, content, more }),
    yielded: frame("yielded", { seq, id, cellId, content }),
    result: frame("result", { seq, id, cellId, content, error: optional(cellError), usage: optional(cellUsage) }),
    terminated: frame("terminated", { seq, id, cellId, content, usage: optional(cellUsage) }),
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
