import type { LedgerTotals } from "./ledger.ts";
import type { Target } from "./load-socket.ts";
import type { ReplayResult } from "./replay/replay-tally.ts";
import type { SamplesOfSecond } from "./samples.ts";
import type { Pace } from "./dispatcher.ts";

/** What a worker is told when it is made. */
export interface WorkerTask {
  /** What names the scenario on the command line: each worker reads it itself, as functions cannot be sent. */
  readonly scenario: string;
  readonly target: Target;
  readonly seed: string;
  /** The sockets of this worker: their index counts over all workers. */
  readonly firstSocket: number;
  readonly sockets: number;
  readonly rampMs: number;
  readonly timeoutMs: number;
  /** How fast a trace is played. */
  readonly speed: number;
  /** Whether all that goes over the sockets is told. */
  readonly records: boolean;
  readonly pace: Pace;
}

/** What a worker is told later. */
export type WorkerOrder =
  /** All workers are connected: flows begin at this Unix time. */
  | { readonly type: "start"; readonly atMs: number }
  /** The sockets of all workers have met. */
  | { readonly type: "met" }
  /** No more flows begin. */
  | { readonly type: "stop" };

/** How busy a worker was within a second. */
export interface WorkerStrain {
  /** Of the time, the part in which the event loop did something, from 0 to 1. */
  readonly utilization: number;
  /** The longest that the event loop was late, in milliseconds. */
  readonly maxLagMs: number;
  /** The latest that a flow began although a socket was free, in milliseconds. */
  readonly maxLateMs: number;
}

/** What a worker measured within a second. */
export interface WorkerSecond {
  /** Counts the seconds from the start; those before it are -1. */
  readonly second: number;
  readonly samples: SamplesOfSecond;
  readonly calls: number;
  readonly notifications: number;
  readonly strain: WorkerStrain;
  /** At the end of it. */
  readonly connected: number;
  readonly running: number;
  /** Flows that are due and have no socket. */
  readonly waiting: number;
}

/** What a worker found in all. */
export interface WorkerTotals {
  readonly ledger: LedgerTotals;
  /** Absent: no trace was played. */
  readonly replay: ReplayResult | undefined;
  readonly flows: {
    readonly begun: number;
    /** Were due, and never had a socket. */
    readonly notBegun: number;
    /** Were under way when the patience with them was over. */
    readonly notEnded: number;
  };
}

/** What a worker says. */
export type WorkerReport =
  | { readonly type: "connected"; readonly sockets: number }
  | { readonly type: "full"; readonly hasLeft: boolean }
  | { readonly type: "second"; readonly second: WorkerSecond }
  /** Lines of a trace. */
  | { readonly type: "recorded"; readonly text: string }
  /** The last flow has ended, or is waited for no more; now the sessions end. */
  | { readonly type: "ended" }
  | { readonly type: "done"; readonly totals: WorkerTotals };
