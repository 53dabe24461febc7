import type { CallAnswer, CellEvent, CellTool } from "./executor.ts";
import type { Jit } from "./node-flags.ts";

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
  readonly jit: Jit;
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
  | { readonly type: "terminate"; readonly cellId: string };

/** From an executor process to the gateway. */
export type Report =
  | { readonly type: "ready" }
  | { readonly type: "events"; readonly cellId: string; readonly events: readonly CellEvent[] }
  /** V8 ran out of memory in a way that a process does not get over: it wants to be replaced. */
  | { readonly type: "broken"; readonly message: string };
