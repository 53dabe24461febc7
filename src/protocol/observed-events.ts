import type { Subprotocol } from "./codec.ts";
import type { CellError, CellErrorCode } from "./error-codes.ts";
import type { LimitName } from "./limits.ts";
import type { CellStatus, CellUsage } from "./values.ts";

/**
 * Whether a session has its client: it is there, or its socket is gone and the turn can be resumed without a gap
 * (`suspended`), or with one only (`detached`).
 */
export type SessionState = "connected" | "suspended" | "detached";

/** How a session's socket was closed, by whichever end. */
export interface SessionClose {
  /** 1006 where it was lost. */
  code: number;
  reason: string;
  atMs: number;
}

/** A session as observers see it. Moments are Unix milliseconds by the gateway's clock. */
export interface SessionStatus {
  sessionId: string;
  /** Whose it is. */
  principal: string;
  openedAtMs: number;
  state: SessionState;
  /** The number of its latest turn; 0: none has begun. */
  turn: number;
  /** What the client of that turn calls itself, with its version. */
  client?: string | undefined;
  liveCells: number;
  /** Tool calls that wait for an answer. */
  openCalls: number;
  /** Cells that ended and whose outcome nobody has taken. */
  unreadOutcomes: number;
  /** Bytes of content that were not taken. */
  unreadBytes: number;
  /** Bytes of the client's messages, of all turns. */
  receivedBytes: number;
  /** Bytes of the gateway's messages, each counted once, however often it was sent. */
  sentBytes: number;
  /** Cells that were accepted so far. */
  cells: number;
  /** How often a turn went on on another socket. */
  resumes: number;
  /** Absent: no socket of it has closed yet. */
  lastClose?: SessionClose | undefined;
}

/** What every event says. */
interface Observed {
  /** When it happened, in Unix milliseconds by the gateway's clock. */
  atMs: number;
}

/** A session as it is now: each one first, and then those that changed. */
export interface SessionEvent extends Observed {
  type: "session";
  session: SessionStatus;
}

/** The session has ended. A watch of it hears nothing more. */
export interface SessionGoneEvent extends Observed {
  type: "session_gone";
  sessionId: string;
}

/** The session when the watch begins. Everything that happens from then on follows. */
export interface SnapshotEvent extends Observed {
  type: "snapshot";
  session: SessionStatus;
  /** Its cells, live and finished. */
  cells: CellStatus[];
  /** The stored values, each as JSON text. Absent: they do not fit the frame; `stored_values` asks for them. */
  values?: { [key: string]: string } | undefined;
}

/** A turn began. */
export interface TurnOpenedEvent extends Observed {
  type: "turn_opened";
  turn: number;
  /** What the client calls itself, with its version. */
  client?: string | undefined;
}

/** A turn goes on on another socket. */
export interface TurnResumedEvent extends Observed {
  type: "turn_resumed";
  turn: number;
  client?: string | undefined;
  /** Whether frames that its client missed are lost. */
  gap: boolean;
}

/** The socket of a turn is gone. */
export interface TurnCutEvent extends Observed {
  type: "turn_cut";
  turn: number;
  /** With which it was closed, by whichever end; 1006 where it was lost. */
  code: number;
  reason: string;
}

/** A turn is over: a newer one was opened, or its session is gone. */
export interface TurnEndedEvent extends Observed {
  type: "turn_ended";
  turn: number;
}

/** An `execute` was accepted. */
export interface CellAcceptedEvent extends Observed {
  type: "cell_accepted";
  cellId: string;
  turn: number;
  source: string;
  /** As its `execute` gave it. */
  toolCallId?: string | undefined;
  /** The tools that it may call, by their declared names. */
  tools: string[];
}

/** The code of a cell runs now. */
export interface CellStartedEvent extends Observed {
  type: "cell_started";
  cellId: string;
  /** Milliseconds since it was accepted. */
  queuedMs: number;
}

/** A cell ended: its isolate is gone. */
export interface CellEndedEvent extends Observed {
  type: "cell_ended";
  cellId: string;
  ending: CellEnding;
  /** Milliseconds since it was accepted. */
  ageMs: number;
  /** Absent: it never ran. */
  usage?: CellUsage | undefined;
  /** Absent: it succeeded, or was terminated. */
  error?: CellError | undefined;
}

/** How a cell ended: `ok`, `terminated`, or the code of its error. */
export type CellEnding = "ok" | "terminated" | CellErrorCode;

/** A cell called a tool. */
export interface CallMadeEvent extends Observed {
  type: "call_made";
  callId: string;
  cellId: string;
  /** Its declared name. */
  tool: string;
}

/** How a tool call ended; `cancelled`: its cell was over before the answer came. */
export type CallEnding = "answered" | "failed" | "cancelled";

/** A tool call is over. */
export interface CallEndedEvent extends Observed {
  type: "call_ended";
  callId: string;
  cellId: string;
  ending: CallEnding;
  /** Of a call that failed. */
  code?: string | undefined;
  /** Milliseconds since it was made. */
  ageMs: number;
}

/** The outcome of a cell was dropped unread (rule C7). */
export interface OutcomeDroppedEvent extends Observed {
  type: "outcome_dropped";
  cellId: string;
}

/** Something was refused, since there is as much as there may be. */
export interface LimitHitEvent extends Observed {
  type: "limit_hit";
  limit: LimitName;
}

/** Stored values changed: a cell ended and its writes were committed, or the host replaced them. */
export interface ValuesEvent extends Observed {
  type: "values";
  /** Whose writes they are. Absent: the host's. */
  cellId?: string | undefined;
  /** The new value of each key as JSON text; null: it is gone. */
  writes: { [key: string]: string | null };
}

/** A frame between the session's client and the gateway, as it stood on the wire. */
export interface FrameEvent extends Observed {
  type: "frame";
  /** `in`: from the client. */
  direction: "in" | "out";
  /** Its `type`. */
  tag: string;
  cellId?: string | undefined;
  seq?: number | undefined;
  /** Bytes of the message. */
  sizeBytes: number;
  /** How `bytes` are to be read. */
  subprotocol: Subprotocol;
  /** The message; in `cellgate.v1.json` as base64. Absent: it is larger than the watch's `frameBytes`. */
  bytes?: Uint8Array | string | undefined;
}

/** What was measured so far, in the manner of Prometheus. */
export interface HistogramNumbers {
  count: number;
  sumMs: number;
  /** Upper bounds in milliseconds, each with how much was at or below it. What is beyond the last is in `count` alone. */
  buckets: [number, number][];
}

/** One executor process. */
export interface ExecutorNumbers {
  pid: number;
  /** `shared`, `own` (of one session), `spare` or `draining`. */
  role: string;
  /** Live cells. */
  cells: number;
  /** Its resident memory; 0 where the system does not tell. */
  rssBytes: number;
}

/** How late the event loop was in the last second. */
export interface LagNumbers {
  median: number;
  p99: number;
  max: number;
}

/** The gateway's numbers, once a second. Maps and histograms count from its start. */
export interface MetricsEvent extends Observed {
  type: "metrics";
  /** Open sockets, observers included. */
  connections: number;
  observers: number;
  sessions: number;
  cellsLive: number;
  cellsQueued: number;
  /** Cells that ended, by how they did. */
  endings: { [ending: string]: number };
  /** From a cell's acceptance to its end. */
  execute: HistogramNumbers;
  /** From a cell's acceptance until it runs. */
  queue: HistogramNumbers;
  toolCall: HistogramNumbers;
  executors: ExecutorNumbers[];
  /** Processes that take the cells of a new session. */
  executorsReady: number;
  /** Processes that ended, by why they did. */
  restarts: { [reason: string]: number };
  loopLagMs: LagNumbers;
  /** Memory of the gateway's own process. */
  rssBytes: number;
  /** Bytes of all connections, as TCP carries them. */
  receivedBytes: number;
  sentBytes: number;
  /** Sockets that are gone, by close code. */
  closes: { [code: string]: number };
  /** What was refused for a limit, by its name. */
  limitHits: { [limit: string]: number };
  /** Events that observers have lost. */
  droppedEvents: number;
}

/** What an observer is told. */
export type ObservedEvent =
  | SessionEvent
  | SessionGoneEvent
  | SnapshotEvent
  | TurnOpenedEvent
  | TurnResumedEvent
  | TurnCutEvent
  | TurnEndedEvent
  | CellAcceptedEvent
  | CellStartedEvent
  | CellEndedEvent
  | CallMadeEvent
  | CallEndedEvent
  | OutcomeDroppedEvent
  | LimitHitEvent
  | ValuesEvent
  | FrameEvent
  | MetricsEvent;
