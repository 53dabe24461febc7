import { SessionModel, type SessionWatchEvent } from "../../../client/dashboard/model/session-model.ts";
import { decodeFrame, type SeenFrame } from "../../../client/dashboard/model/seen-frame.ts";
import { createCodec, type Subprotocol } from "../../../src/protocol/codec.ts";
import { defaultLimits } from "../../../src/protocol/limits.ts";
import type { SessionStatus } from "../../../src/protocol/observed-events.ts";
import type { CellStatus } from "../../../src/protocol/values.ts";

export const sessionStatus: SessionStatus = {
  sessionId: "s",
  principal: "agents",
  openedAtMs: 0,
  state: "connected",
  turn: 1,
  liveCells: 0,
  openCalls: 0,
  unreadOutcomes: 0,
  unreadBytes: 0,
  receivedBytes: 0,
  sentBytes: 0,
  cells: 0,
  resumes: 0,
};

/** A cell as a snapshot tells of it. */
export const cellStatus = (cellId: string, fields: Partial<CellStatus> = {}): CellStatus => {
  return { cellId, state: "running", ageMs: 0, openCalls: 0, unreadBytes: 0, ...fields };
};

export const snapshot = (atMs: number, cells: CellStatus[] = [], values = {}): SessionWatchEvent => {
  return { type: "snapshot", atMs, session: sessionStatus, cells, values };
};

export const accepted = (atMs: number, cellId: string, source = "text(1);"): SessionWatchEvent => {
  return { type: "cell_accepted", atMs, cellId, turn: 1, source, tools: [] };
};

export const started = (atMs: number, cellId: string): SessionWatchEvent => {
  return { type: "cell_started", atMs, cellId, queuedMs: 0 };
};

type Ended = Extract<SessionWatchEvent, { type: "cell_ended" }>;

export const ended = (atMs: number, cellId: string, ending: Ended["ending"] = "ok"): SessionWatchEvent => {
  return { type: "cell_ended", atMs, cellId, ending, ageMs: 0 };
};

export const called = (atMs: number, cellId: string, callId: string, tool = "search"): SessionWatchEvent => {
  return { type: "call_made", atMs, callId, cellId, tool };
};

type Answered = Extract<SessionWatchEvent, { type: "call_ended" }>;

export const answered = (
  atMs: number,
  cellId: string,
  callId: string,
  ending: Answered["ending"] = "answered",
): SessionWatchEvent => {
  return { type: "call_ended", atMs, callId, cellId, ending, ageMs: 0 };
};

/** A frame as a watch shows it. */
export function seen(
  atMs: number,
  direction: "in" | "out",
  fields: { type: string; cellId?: string; seq?: number; [field: string]: unknown },
  subprotocol: Subprotocol = "cellgate.v1.msgpack",
): SeenFrame {
  const message = createCodec(subprotocol, defaultLimits).encode(fields);
  const bytes = typeof message === "string" ? new TextEncoder().encode(message) : message;
  const { type: tag, cellId, seq } = fields;
  const decode = () => decodeFrame(bytes, subprotocol);
  return { type: "frame", atMs, direction, tag, cellId, seq, sizeBytes: bytes.length, subprotocol, bytes, decode };
}

/** A session in which this has happened. */
export function sessionOf(...events: SessionWatchEvent[]): SessionModel {
  const model = new SessionModel("s");
  for (const event of events) model.hear(event);
  return model;
}
