import type { RequestErrorCode } from "./error-codes.ts";
import type { AnnouncedLimits } from "./limits.ts";
import type { ObservedEvent, SessionStatus } from "./observed-events.ts";
import type { DrainFrame } from "./server-frames.ts";
import type { CellStatus, JsonValue } from "./values.ts";

/** An observer's frame that asks for an answer. */
interface ObserverRequest {
  /** A positive integer. The answers carry it. */
  id: number;
}

/** The first frame of an observer. Answered by `observing`. */
export interface ObserverHelloFrame {
  type: "hello";
  role: "observer";
  /** Who is watching, for the gateway's log. */
  client?: { name: string; version: string } | undefined;
}

/** Asks for the sessions, in the order of their ids. Answered by `sessions`. */
export interface ListSessionsFrame extends ObserverRequest {
  type: "list_sessions";
  /** Those behind this id. Default: from the first. */
  after?: string | undefined;
  /** How many at most. Default and ceiling: 1,000. */
  limit?: number | undefined;
}

/** What can be watched: all sessions, one of them, or the gateway's numbers. */
export type Topic = "sessions" | "session" | "metrics";

/** Begins a watch, whose events come in `observed` frames. Answered by `ok`; or by `error`. */
export interface WatchFrame extends ObserverRequest {
  type: "watch";
  topic: Topic;
  /** With the topic `session`: which. */
  sessionId?: string | undefined;
  /** With the topic `session`: whether its frames are shown. Default: false. */
  frames?: boolean | undefined;
  /** Frames above this size are shown without their bytes. Default: 65,536. */
  frameBytes?: number | undefined;
  /** Shows every n-th frame only. Default: 1. */
  sample?: number | undefined;
}

/** Ends a watch. Answered by `ok`, after which nothing of it follows. */
export interface UnwatchFrame extends ObserverRequest {
  type: "unwatch";
  /** The `id` of the `watch`. */
  watchId: number;
}

/** Asks for the cells of a session. Answered by `cells`; or by `error`. */
export interface ObserverListCellsFrame extends ObserverRequest {
  type: "list_cells";
  sessionId: string;
}

/** Asks for the stored values of a session. Answered by `stored_values`; or by `error`. */
export interface ObserverStoredValuesRequestFrame extends ObserverRequest {
  type: "stored_values";
  sessionId: string;
}

/** Ends a cell, whose outcome is left to the host (rule C11). Answered by `ok` when its isolate is gone; or by `error`. */
export interface ObserverTerminateFrame extends ObserverRequest {
  type: "terminate";
  sessionId: string;
  cellId: string;
}

/** Ends a session: its live cells are terminated, then comes `ok`. Or `error`. */
export interface ObserverEndSessionFrame extends ObserverRequest {
  type: "end_session";
  sessionId: string;
}

/** Asks for a sign of life. Answered by `pong`. */
export interface ObserverPingFrame {
  type: "ping";
}

/** A frame from an observer to the gateway. */
export type ObserverClientFrame =
  | ObserverHelloFrame
  | ListSessionsFrame
  | WatchFrame
  | UnwatchFrame
  | ObserverListCellsFrame
  | ObserverStoredValuesRequestFrame
  | ObserverTerminateFrame
  | ObserverEndSessionFrame
  | ObserverPingFrame;

/** What a principal may do. */
export type ScopeName = "host" | "observe" | "admin";

/** The answer to an observer's `hello`. */
export interface ObservingFrame {
  type: "observing";
  /** What the observer's principal may do: `terminate` and `end_session` need `admin`. */
  scopes: ScopeName[];
  /** How often the gateway pings, in milliseconds. */
  heartbeatMs: number;
  limits: AnnouncedLimits;
  server: { name: string; version: string };
  /** The gateway's clock, in Unix milliseconds. */
  nowMs: number;
}

/** Answer to `list_sessions`. */
export interface SessionsFrame {
  type: "sessions";
  id: number;
  sessions: SessionStatus[];
  /** How many there are in all. */
  total: number;
  /** Whether there are others after the last of these. */
  more: boolean;
}

/** What a watch has seen. Not answered. */
export interface ObservedFrame {
  type: "observed";
  /** The `id` of the `watch`. */
  watchId: number;
  /** Events of this watch that are lost, for want of room, since the last frame of it and before these. */
  dropped: number;
  events: ObservedEvent[];
}

/** Answer to an observer's `list_cells`. */
export interface ObserverCellsFrame {
  type: "cells";
  id: number;
  cells: CellStatus[];
}

/** Answer to an observer's `stored_values`. */
export interface ObserverStoredValuesFrame {
  type: "stored_values";
  id: number;
  values: { [key: string]: JsonValue };
}

/** Answer to `watch`, `unwatch`, and an observer's `terminate` and `end_session`. */
export interface ObserverOkFrame {
  type: "ok";
  id: number;
}

/** Refuses one request of an observer, or a frame that could not be read. The connection lives on. */
export interface ObserverErrorFrame {
  type: "error";
  /** The request that is refused. Absent where the frame had no readable id, or that of another watch. */
  id?: number | undefined;
  code: RequestErrorCode;
  message: string;
}

/** Answer to an observer's `ping`. */
export interface ObserverPongFrame {
  type: "pong";
}

/** A frame from the gateway to an observer. */
export type ObserverServerFrame =
  | ObservingFrame
  | SessionsFrame
  | ObservedFrame
  | ObserverCellsFrame
  | ObserverStoredValuesFrame
  | ObserverOkFrame
  | ObserverErrorFrame
  | ObserverPongFrame
  | DrainFrame;
