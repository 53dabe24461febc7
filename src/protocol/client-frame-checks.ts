import {
  type Check,
  integer,
  isBoolean,
  isString,
  jsonValue,
  listOf,
  mapOf,
  nullable,
  oneOf,
  optional,
  shape,
  stringUpTo,
} from "./check.ts";
import type { ClientFrame } from "./client-frames.ts";
import { frame, type FrameChecks } from "./frame-check.ts";
import type { Limits } from "./limits.ts";
import type { JsonValue, ToolDefinition } from "./values.ts";

const ack = optional(integer(0));
const id = integer(1);
const yieldMs = optional(nullable(integer(0)));

/** The checks of a client's frames, within the limits for values and names. */
export function clientFrameChecks(limits: Pick<Limits, "valueDepth" | "nameChars">): FrameChecks<ClientFrame> {
  const value: Check<JsonValue> = jsonValue(limits.valueDepth);
  const name = stringUpTo(limits.nameChars);
  const tools = listOf(
    shape<ToolDefinition>({
      name,
      description: isString,
      kind: optional(oneOf("function", "freeform")),
      inputSchema: optional(mapOf(value)),
      outputSchema: optional(mapOf(value)),
      timeoutMs: optional(integer(1)),
    }),
  );
  const client = shape<{ name: string; version: string }>({ name, version: name });
  return {
    hello: frame("hello", {
      ack,
      role: optional(oneOf("host")),
      sessionId: optional(name),
      sessionToken: optional(name),
      turn: optional(integer(1)),
      lastSeq: optional(integer(0)),
      tools: optional(tools),
      client: optional(client),
    }),
    execute: frame("execute", {
      ack,
      id,
      source: isString,
      toolCallId: optional(name),
      tools: optional(listOf(name)),
      yieldMs,
      stream: optional(isBoolean),
      maxWallMs: optional(integer(1)),
      traceparent: optional(name),
    }),
    wait: frame("wait", { ack, id, cellId: name, yieldMs, stream: optional(isBoolean) }),
    terminate: frame("terminate", { ack, id, cellId: name }),
    yield: frame("yield", { ack, id }),
    cancel: frame("cancel", { ack, id }),
    tool_result: frame("tool_result", { ack, callId: name, value: optional(value) }),
    tool_error: frame("tool_error", { ack, callId: name, message: isString, code: optional(name) }),
    set_tools: frame("set_tools", { ack, id, tools }),
    list_cells: frame("list_cells", { ack, id }),
    stored_values: frame("stored_values", { ack, id }),
    replace_stored_values: frame("replace_stored_values", { ack, id, values: mapOf(value) }),
    end_session: frame("end_session", { ack, id }),
    ack: frame("ack", { ack, seq: integer(0) }),
    ping: frame("ping", { ack }),
  };
}
