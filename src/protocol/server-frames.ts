import type { CellError, RequestErrorCode } from "./error-codes.ts";
import type { AnnouncedLimits } from "./limits.ts";
import type { CellStatus, CellUsage, ContentItem, JsonValue, ToolKind } from "./values.ts";

/** What every frame of the gateway carries, but for `welcome`, `pong` and `drain`. */
interface FromGateway {
  /** Counts this turn's frames, from 1. The client acknowledges by it (rule C6). */
  seq: number;
}

/** The answer to `hello`. */
export interface WelcomeFrame {
  type: "welcome";
  sessionId: string;
  /** Attaches later turns to this session; valid as long as it lives. */
  sessionToken: string;
  /** Counts the session's turns, from 1. */
  turn: number;
  /** Whether the turn goes on without a gap: the frames behind `hello.lastSeq` follow, in order. */
  resumed: boolean;
  /** The last `seq` that will not come (again): the next frame has the one after it. */
  seq: number;
  /** The client's messages that the gateway has taken in this turn, on all its sockets, without each one's `hello`. */
  received: number;
  /** How often the gateway pings, in milliseconds. A client that hears nothing for clearly longer has lost it. */
  heartbeatMs: number;
  /** Calls that a host was given and the gateway has no answer to. Without `resumed` each is offered again, under its id, if this host has its tool. */
  openCalls: string[];
  limits: AnnouncedLimits;
  /** The session's cells, live and finished. */
  cells: CellStatus[];
  server: { name: string; version: string };
}

/** First answer to `execute`: the cell exists (rule C1). */
export interface StartedFrame extends FromGateway {
  type: "started";
  id: number;
  cellId: string;
}

/** Part of the answer to `id`, sent before it (rule O3). */
export interface ContentFrame extends FromGateway {
  type: "content";
  id: number;
  cellId: string;
  content: ContentItem[];
  /** What this belongs to goes on in the next frame for this `id`, and is taken only with the last of its frames. */
  more?: true | undefined;
}

/** Answer to `execute` or `wait`: the cell runs on (rule C3). */
export interface YieldedFrame extends FromGateway {
  type: "yielded";
  id: number;
  cellId: string;
  content: ContentItem[];
}

/** Answer to `execute`, `wait` or `terminate`: the cell ended by itself, or was not found (rule C8). */
export interface ResultFrame extends FromGateway {
  type: "result";
  id: number;
  cellId: string;
  content: ContentItem[];
  /** Absent: the cell succeeded. */
  error?: CellError | undefined;
  /** Absent: the cell never ran, or was not found. */
  usage?: CellUsage | undefined;
}

/** Answer to `execute`, `wait` or `terminate`: the cell was terminated (rule C11). */
export interface TerminatedFrame extends FromGateway {
  type: "terminated";
  id: number;
  cellId: string;
  content: ContentItem[];
  /** Absent: the cell never ran. */
  usage?: CellUsage | undefined;
}

/** Refuses one request, or a frame that could not be read. The connection lives on. */
export interface ErrorFrame extends FromGateway {
  type: "error";
  /** The request that is refused. Absent where the frame had no readable id, or that of a pending request. */
  id?: number | undefined;
  code: RequestErrorCode;
  message: string;
  /** With `too_many_cells`: the session's live cells. */
  cells?: CellStatus[] | undefined;
  /** With `duplicate_id`: the id in question, kept apart so that it cannot settle the first request. */
  requestId?: number | undefined;
  /** With `draining`: milliseconds after which another gateway may be in this one's place. */
  retryAfterMs?: number | undefined;
}

/** A cell calls a tool. Answered by the host with `tool_result` or `tool_error`. */
export interface ToolCallFrame extends FromGateway {
  type: "tool_call";
  /** Never repeats in the session. */
  callId: string;
  cellId: string;
  /** The tool's name as declared. */
  name: string;
  kind: ToolKind;
  /** The call's first argument. Absent: the call had none. */
  input?: JsonValue | undefined;
  /** Counts the offers of this call. Absent on the first; from 2 on it may be a repetition (rule T6). */
  attempt?: number | undefined;
  /** The tool's own limit. */
  timeoutMs?: number | undefined;
  /** The call's place in a trace (W3C Trace Context). Absent: there is none. */
  traceparent?: string | undefined;
}

/** Why an open call is over without the host's answer (rule T7). */
export type ToolCancelReason = "terminated" | "ended" | "timeout" | "shutdown";

/** The answer to this call is no longer wanted. Not answered. */
export interface ToolCancelFrame extends FromGateway {
  type: "tool_cancel";
  callId: string;
  reason: ToolCancelReason;
}

/** A cell called `notify()` (rule T10). Not answered. */
export interface NotifyFrame extends FromGateway {
  type: "notify";
  cellId: string;
  /** The `toolCallId` of the cell's `execute`. */
  toolCallId?: string | undefined;
  text: string;
}

/** A cell ended and nobody waits for it: a `wait` takes its outcome. Not answered. */
export interface CellFinishedFrame extends FromGateway {
  type: "cell_finished";
  cellId: string;
  /** Whether it ended without an error. */
  ok: boolean;
}

/** Why a cell is gone (rule C13). */
export type CellClosedReason = "taken" | "expired" | "session_ended";

/** The last frame of a cell. Not answered. */
export interface CellClosedFrame extends FromGateway {
  type: "cell_closed";
  cellId: string;
  reason: CellClosedReason;
}

/** Answer to `list_cells`. */
export interface CellsFrame extends FromGateway {
  type: "cells";
  id: number;
  cells: CellStatus[];
}

/** Answer to `stored_values`. */
export interface StoredValuesFrame extends FromGateway {
  type: "stored_values";
  id: number;
  values: { [key: string]: JsonValue };
}

/** Answer to `set_tools`, `replace_stored_values` and `end_session`. */
export interface OkFrame extends FromGateway {
  type: "ok";
  id: number;
}

/** Answer to `ping`. */
export interface PongFrame {
  type: "pong";
  /** As in `welcome`; this `ping` included. */
  received: number;
}

/** The gateway is going down: it starts no more cells. Not answered. */
export interface DrainFrame {
  type: "drain";
  /** Milliseconds until the cells that still run are terminated. The socket closes soon after, or when none runs. */
  deadlineMs: number;
  /** Milliseconds after which another gateway may be in this one's place. */
  retryAfterMs: number;
}

/** A frame from the gateway to the client. */
export type ServerFrame =
  | WelcomeFrame
  | StartedFrame
  | ContentFrame
  | YieldedFrame
  | ResultFrame
  | TerminatedFrame
  | ErrorFrame
  | ToolCallFrame
  | ToolCancelFrame
  | NotifyFrame
  | CellFinishedFrame
  | CellClosedFrame
  | CellsFrame
  | StoredValuesFrame
  | OkFrame
  | PongFrame
  | DrainFrame;

/** A frame that the outbox numbers. */
export type SequencedFrame = Extract<ServerFrame, FromGateway>;
