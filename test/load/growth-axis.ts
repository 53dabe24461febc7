import type { PlanOptions } from "../../client/load/load-plan.ts";

/** What was measured at one place of an axis. */
export interface GrowthPoint {
  readonly at: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** Memory of the gateway at the end, in MiB. */
  readonly gatewayMiB: number;
  /** Cores' worth of CPU time of the gateway, its executors, and all that ran on the machine. */
  readonly gatewayCpu: number;
  readonly executorCpu: number;
  readonly busy: number;
}

/** One of the four plots. */
export interface GrowthAxis {
  readonly name: string;
  readonly title: string;
  readonly about: string;
  readonly textOf: (at: number) => string;
  readonly places: readonly number[];
  readonly ask: (at: number) => { scenario: string; plan: PlanOptions; flags?: string[] };
}
