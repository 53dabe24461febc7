import type { JsonValue, ToolDefinition } from "./values.ts";

/** What every frame of a client may carry beside its own fields. */
interface FromClient {
  /** Acknowledges all of the gateway's frames up to this `seq`, like an `ack` frame. */
  ack?: number | undefined;
}

/** A frame that asks for an answer. */
interface Request extends FromClient {
  /** A positive integer, unique within the turn. The answers carry it. */
  id: number;
}

/** The first frame of a turn. Answered by `welcome`, or by `error bad_tools`, after which another `hello` may follow. */
export interface HelloFrame extends FromClient {
  type: "hello";
  /** Default: `host`. Observers have a `hello` of their own. */
  role?: "host" | undefined;
  /** An existing session to attach to; needs `sessionToken`. Absent: a session is opened. */
  sessionId?: string | undefined;
  /** The token that the session's first `welcome` gave. */
  sessionToken?: string | undefined;
  /** Resumes this turn of the session on a new socket; needs `lastSeq`. Absent: a new turn. */
  turn?: number | undefined;
  /** With `turn`: the highest `seq` that the client received in it; 0: none. It acknowledges up to there. */
  lastSeq?: number | undefined;
  /** The tools that this turn's host answers for. Default: none; with `turn`, those that it has. */
  tools?: ToolDefinition[] | undefined;
  /** Who is calling, for the gateway's log. */
  client?: { name: string; version: string } | undefined;
}

/** Starts a cell. Answered by `started`, then by `yielded`, `result` or `terminated` (rule C1); or by `error`. */
export interface ExecuteFrame extends Request {
  type: "execute";
  /** JavaScript. */
  source: string;
  /** The model's own id of the tool call that this is; `notify` and `list_cells` carry it back. */
  toolCallId?: string | undefined;
  /** Narrows the declared tools to these names. Default: all. */
  tools?: string[] | undefined;
  /** Milliseconds of running after which the answer is `yielded`; 0: at once; null: never. Default: 10,000. */
  yieldMs?: number | null | undefined;
  /** Sends content in `content` frames as it appears. Default: false. */
  stream?: boolean | undefined;
  /** Milliseconds after which the cell ends with `wall_limit`. Default and ceiling: one hour. */
  maxWallMs?: number | undefined;
  /** The trace that the cell belongs to (W3C Trace Context); one that is not valid is ignored. Default: one of its own. */
  traceparent?: string | undefined;
}

/** Waits for a cell. Answered by `yielded`, `result` or `terminated`; or by `error`. */
export interface WaitFrame extends Request {
  type: "wait";
  cellId: string;
  /** As in `execute`. */
  yieldMs?: number | null | undefined;
  /** As in `execute`. */
  stream?: boolean | undefined;
}

/** Ends a cell. Answered by `terminated`, or by `result` where an outcome was there already (rule C11). */
export interface TerminateFrame extends Request {
  type: "terminate";
  cellId: string;
}

/** Asks that the pending `execute` or `wait` with this `id` be answered with `yielded` now (rule C10). Not answered. */
export interface YieldFrame extends Request {
  type: "yield";
}

/** Asks that the pending `wait` with this `id` be answered with `error cancelled` (rule C10). Not answered itself. */
export interface CancelFrame extends Request {
  type: "cancel";
}

/** The host's answer to a `tool_call` that succeeded. Not answered. */
export interface ToolResultFrame extends FromClient {
  type: "tool_result";
  callId: string;
  /** Absent: the call resolves to undefined. */
  value?: JsonValue | undefined;
}

/** The host's answer to a `tool_call` that failed. Not answered. */
export interface ToolErrorFrame extends FromClient {
  type: "tool_error";
  callId: string;
  message: string;
  /** The host's own code. Default: `tool_failed`. */
  code?: string | undefined;
}

/** Declares other tools for cells that start from now on. Answered by `ok`. */
export interface SetToolsFrame extends Request {
  type: "set_tools";
  tools: ToolDefinition[];
}

/** Asks for the session's cells. Answered by `cells`. */
export interface ListCellsFrame extends Request {
  type: "list_cells";
}

/** Asks for all stored values. Answered by `stored_values`. */
export interface StoredValuesRequestFrame extends Request {
  type: "stored_values";
}

/** Replaces all stored values; cells that run keep their snapshot. Answered by `ok`. */
export interface ReplaceStoredValuesFrame extends Request {
  type: "replace_stored_values";
  values: { [key: string]: JsonValue };
}

/** Ends the session: its live cells are terminated, then comes `ok`, then the socket closes with 1000. */
export interface EndSessionFrame extends Request {
  type: "end_session";
}

/** Acknowledges all of the gateway's frames up to `seq`. Not answered. */
export interface AckFrame extends FromClient {
  type: "ack";
  seq: number;
}

/** Asks for a sign of life. Answered by `pong`. */
export interface PingFrame extends FromClient {
  type: "ping";
}

/** A frame from the client to the gateway. */
export type ClientFrame =
  | HelloFrame
  | ExecuteFrame
  | WaitFrame
  | TerminateFrame
  | YieldFrame
  | CancelFrame
  | ToolResultFrame
  | ToolErrorFrame
  | SetToolsFrame
  | ListCellsFrame
  | StoredValuesRequestFrame
  | ReplaceStoredValuesFrame
  | EndSessionFrame
  | AckFrame
  | PingFrame;
