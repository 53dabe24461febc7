import type { CallAnswer, CellEvent, CellTool } from "./executor.ts";

/** Bounds that an executor process keeps for its cells, told once at its start. */
export interface CellLimits {
  readonly heapBytes: number;
  readonly frameBytes: number;
  readonly frameNodes: number;
  readonly valueDepth: number;
  readonly callsPerCell: number;
  readonly timersPerCell: number;
  readonly notifyBytes: number;
  readonly unreadBytes: number;
  readonly storedEntries: number;
  readonly storedValueBytes: number;
  readonly storedBytes: number;
  readonly errorBytes: number;
}

/** Whether later cells of a session may get an isolate, with a fresh context, that served an earlier one. */
export type IsolateReuse = "session" | "never";

/** What an executor process is told at its start. */
export interface ExecutorSettings {
  readonly limits: CellLimits;
  readonly isolateReuse: IsolateReuse;
}

/** From the gateway to an executor process. */
export type Command =
  | {
      readonly type: "start";
      readonly cellId: string;
      readonly sessionId: string;
      readonly source: string;
      readonly tools: readonly CellTool[];
      /** Keys and JSON texts. */
      readonly storedValues: readonly (readonly [string, string])[];
    }
  | { readonly type: "answer"; readonly cellId: string; readonly call: number; readonly answer: CallAnswer }
  | { readonly type: "terminate"; readonly cellId: string }
  /** Asks for a sign of life. */
  | { readonly type: "ping" };

/** From an executor process to the gateway. */
export type Report =
  | { readonly type: "ready" }
  | { readonly type: "events"; readonly cellId: string; readonly events: readonly CellEvent[] }
  /** A timer of the cell has its turn. Said at most every 250 ms, for whoever asks what went on before a death. */
  | { readonly type: "woke"; readonly cellId: string }
  /** The answer to `ping`, by the thread that obeys commands. */
  | { readonly type: "pong" }
  /** It wants to be replaced: an isolate of the session does not stop, or V8 ran out of memory for good in one. */
  | {
      readonly type: "broken";
      readonly reason: BreakReason;
      readonly sessionId: string;
      readonly message: string;
    };

/** What a process does not get over. */
export type BreakReason = "stuck" | "memory";
