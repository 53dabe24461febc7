import type { CellTool } from "../executor.ts";
import type { Serializer } from "./json.ts";
import type { Realm } from "./realm.ts";
import type { Send } from "./run.ts";

interface PendingCall {
  readonly tool: string;
  /** Of its input, or a few more. */
  readonly bytes: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  /** Holds the stack of the call, so that a `ToolError` says where it was made. */
  readonly site: { stack?: unknown };
}

/** `tools` and `ALL_TOOLS` (rules T1 to T5). Returns the functions that declare the tools and settle a call. */
export function defineTools(
  realm: Realm,
  send: Send,
  serialize: Serializer,
  limits: { readonly callsPerCell: number; readonly callBytesPerSession: number; readonly frameBytes: number },
) {
  const { apply, captureStackTrace, create, createTable, define, defineGlobal, defineProperty } = realm;
  const { firstKey, freeze, get, hasOwn, indexOf, isLonger, NativeError, NativePromise, parse } = realm;
  const { remove, set, sizeOf, slice, utf8Bytes } = realm;
  const { callsPerCell, callBytesPerSession, frameBytes } = limits;
  /** Inputs of fewer characters are taken for three bytes each, the most that they can be: to count costs more than a call. */
  const few = 1_024;
  const pending = createTable<PendingCall>();
  /** Inputs of those that were not sent yet. */
  const queued = createTable<string | undefined>();
  let calls = 0;
  /** Calls that were sent and not settled, and the bytes of their inputs. */
  let sent = 0;
  let sentBytes = 0;

  /** The frames of a call's site. The cell's `Error.prepareStackTrace` makes them where it has one, and may throw. */
  const traceOf = (site: { stack?: unknown }): string => {
    try {
      const { stack } = site;
      const frames = typeof stack === "string" ? apply(indexOf, stack, ["\n    at "]) : -1;
      return frames < 0 ? "" : apply(slice, stack as string, [frames]);
    } catch {
      return "";
    }
  };

  const createToolError = (message: string, tool: string, code: string, site: { stack?: unknown }): Error => {
    const error = new NativeError(message);
    define(error, "name", "ToolError");
    define(error, "tool", tool);
    define(error, "code", code);
    define(error, "toString", () => message);
    define(error, "stack", `ToolError: ${message}${traceOf(site)}`);
    return error;
  };

  const inputOf = ({ identifier, kind }: CellTool, input: unknown, site: { stack?: unknown }): string | undefined => {
    const fail = (message: string, code: string) =>
      createToolError(`tools.${identifier}: ${message}`, identifier, code, site);
    if (kind === "freeform" && typeof input !== "string") {
      throw fail("expects a string, since it is a freeform tool", "invalid_input");
    }
    const json = serialize(input, (problem) => fail(`the input must be a JSON value: ${problem}`, "invalid_input"));
    if (json !== undefined && isLonger(json, frameBytes)) {
      throw fail(`the input takes more than ${frameBytes} bytes (frameBytes)`, "input_too_large");
    }
    return json;
  };

  /** One alone may be sent whatever its size, for nothing would ever make room for it. */
  const hasRoom = (bytes: number): boolean =>
    sent < callsPerCell && (sent === 0 || sentBytes + bytes <= callBytesPerSession);

  const sendCall = (id: number, { tool, bytes }: PendingCall, input: string | undefined): void => {
    sent += 1;
    sentBytes += bytes;
    send("call", id, tool, input);
  };

  /** Sends what there is room for, in order. */
  const sendQueued = (): void => {
    while (sizeOf(queued) > 0) {
      const next = firstKey(queued) as number;
      const call = get(pending, next) as PendingCall;
      if (!hasRoom(call.bytes)) return;
      const input = get(queued, next);
      remove(queued, next);
      sendCall(next, call, input);
    }
  };

  const call = (tool: CellTool, input: unknown, helper: object): Promise<unknown> => {
    const site: { stack?: unknown } = {};
    captureStackTrace(site, helper as never);
    return new NativePromise((resolve, reject) => {
      const json = inputOf(tool, input, site);
      const bytes = json === undefined ? 0 : json.length < few ? json.length * 3 : utf8Bytes(json);
      calls += 1;
      const made = { tool: tool.identifier, bytes, resolve, reject, site };
      set(pending, calls, made);
      if (sizeOf(queued) === 0 && hasRoom(bytes)) sendCall(calls, made, json);
      else set(queued, calls, json);
    });
  };

  /** Resolving asks an object for `then`, and the code may have put one on a prototype (rule J13). */
  const fulfil = ({ resolve }: PendingCall, value: unknown): void => {
    const asked = typeof value === "object" && value !== null && !hasOwn(value, "then") ? value : undefined;
    if (asked) define(asked, "then", undefined);
    resolve(value);
    if (asked) delete (asked as { then?: undefined }).then;
  };

  const declare = (declared: readonly CellTool[]): void => {
    const tools = create(null) as object;
    const all: object[] = [];
    for (let index = 0; index < declared.length; index++) {
      const tool = declared[index] as CellTool;
      const helper = (input: unknown): Promise<unknown> => call(tool, input, helper);
      defineProperty(helper, "name", { value: tool.identifier });
      defineProperty(tools, tool.identifier, { value: helper, enumerable: true });
      const entry = freeze({ name: tool.identifier, description: tool.description });
      defineProperty(all, index, { value: entry, enumerable: true });
    }
    defineGlobal("tools", freeze(tools));
    defineGlobal("ALL_TOOLS", freeze(all));
  };

  const settleOne = (id: number, ok: boolean, payload: string | undefined, code: string | undefined): void => {
    const settled = get(pending, id);
    if (settled === undefined) return;
    remove(pending, id);
    sent -= 1;
    sentBytes -= settled.bytes;
    if (ok) fulfil(settled, payload === undefined ? undefined : parse(payload));
    else settled.reject(createToolError(payload ?? "", settled.tool, code ?? "", settled.site));
    sendQueued();
  };

  /** The parts of an answer stand behind those of the last, and all of them behind a name. */
  const settle = (message: readonly [string, ...unknown[]]): void => {
    for (let at = 1; at < message.length; at += 4) {
      const payload = message[at + 2] as string | undefined;
      settleOne(message[at] as number, message[at + 1] as boolean, payload, message[at + 3] as string | undefined);
    }
  };
  return { settle, declare };
}
