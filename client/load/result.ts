import type { LedgerTotals } from "./ledger.ts";
import type { LoadPlan } from "./load-plan.ts";
import type { ReplayResult } from "./replay/replay-tally.ts";
import type { WorkerTotals } from "./worker-messages.ts";

/** Everything that a load found: what `--json` writes, and what reports and comparisons are made of. */
export interface LoadResult {
  readonly type: "cellgate.load";
  readonly version: 1;
  readonly scenario: { readonly name: string; readonly about: string };
  readonly plan: LoadPlan;
  /** Unix time, when flows began. */
  readonly startedAtMs: number;
  /** Seconds of flows that count. */
  readonly seconds: number;
  readonly machine: MachineSummary;
  readonly gateway: {
    readonly url: string;
    /** Flags with which it was spawned. Absent: it was not. */
    readonly flags?: readonly string[] | undefined;
  };
  /** Those of steps first, then those of flows. */
  readonly metrics: readonly MetricResult[];
  readonly warmUp: readonly MetricResult[];
  /** The most frequent first. */
  readonly errors: readonly ErrorResult[];
  readonly ledger: LedgerTotals;
  readonly flows: WorkerTotals["flows"];
  /** Frames that came, their bytes, tool calls that were answered, notifications: while flows ran. */
  readonly traffic: Traffic;
  readonly timeline: readonly TimelineSecond[];
  /** What makes the numbers doubtful: the client, or the machine, was the limit. Empty: nothing does. */
  readonly doubts: readonly string[];
  readonly checks: readonly CheckResult[];
  readonly replay?: ReplayResult | undefined;
}

/** The machine of the client. */
export interface MachineSummary {
  readonly cores: number;
  readonly cpu: string;
  readonly node: string;
  readonly platform: string;
  readonly memoryMiB: number;
  /** Of all cores, while flows ran, from 0 to 1; what others did is among it. */
  readonly busy: number;
}

/** How long something took, in milliseconds. */
export interface MetricResult {
  readonly name: string;
  readonly count: number;
  readonly perSecond: number;
  readonly mean: number;
  readonly min: number;
  readonly p50: number;
  readonly p75: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  /** An HdrHistogram of microseconds: V2, compressed, in base64. */
  readonly histogram: string;
}

/** Errors of one kind. */
export interface ErrorResult {
  readonly what: string;
  readonly count: number;
  /** That of the first. */
  readonly message: string;
}

/** What came in. */
export interface Traffic {
  readonly frames: number;
  readonly frameBytes: number;
  readonly calls: number;
  readonly notifications: number;
}

/** One second of a load. */
export interface TimelineSecond extends Traffic {
  /** From the start, when the sockets were connected. */
  readonly second: number;
  readonly isWarmUp: boolean;
  readonly metrics: { readonly [name: string]: MetricSecond };
  readonly errors: { readonly [what: string]: number };
  readonly connected: number;
  /** Flows that were under way at the end of it. */
  readonly running: number;
  /** Flows that were due and had no socket. */
  readonly waiting: number;
  /** Of the busiest worker, as in `WorkerStrain`. */
  readonly utilization: number;
  readonly maxLagMs: number;
  readonly maxLateMs: number;
  /** Absent: it could not be asked. */
  readonly gateway?: GatewaySecond | undefined;
}

/** How long something took within a second. */
export interface MetricSecond {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly histogram: string;
}

/** How the gateway was at one time. What is absent could not be had. */
export interface GatewaySecond {
  readonly rssBytes?: number | undefined;
  readonly executorRssBytes?: number | undefined;
  /** Cores' worth of CPU time since the second before. */
  readonly cpu?: number | undefined;
  readonly executorCpu?: number | undefined;
  readonly loopLagP99Ms?: number | undefined;
  readonly connections?: number | undefined;
  readonly sessions?: number | undefined;
  readonly cellsLive?: number | undefined;
  readonly cellsQueued?: number | undefined;
}

/** A condition of `--fail`. */
export interface CheckResult {
  readonly condition: string;
  /** Undefined: there is no such number, which is a failure too. */
  readonly value: number | undefined;
  readonly failed: boolean;
}
