import { availableParallelism } from "node:os";
import type { LoadShape, Scenario, Step } from "./scenario.ts";

/** How much load there is to be, for how long, with nothing left open. */
export interface LoadPlan {
  readonly sockets: number;
  /** Absent: a closed loop. */
  readonly rate?: number | undefined;
  readonly concurrency: number;
  readonly rampMs: number;
  readonly warmUpMs: number;
  readonly durationMs: number;
  /** Absent: as many as there are in the duration. */
  readonly count?: number | undefined;
  readonly timeoutMs: number;
  readonly seed: string;
  readonly workers: number;
  /** How fast a trace is played: 2 takes half the time. */
  readonly speed: number;
}

/** What a plan may be asked for, beside the shape of the load. */
export interface PlanOptions extends LoadShape {
  readonly timeoutMs?: number | undefined;
  readonly seed?: string | undefined;
  readonly workers?: number | undefined;
  readonly speed?: number | undefined;
}

/** What is asked for cannot be. */
export class PlanError extends Error {
  override readonly name = "PlanError";
}

/** Connecting faster than one socket a millisecond would measure the kernel's queue of connections. */
const MS_A_SOCKET = 1;

/** So many sockets keep a worker busy: more of them need another one, if there is a core for it. */
const SOCKETS_A_WORKER = 2_500;

/** What is asked for, on top of what the scenario wants, on top of the defaults. Throws {@link PlanError}. */
export function planOf(scenario: Scenario, options: PlanOptions): LoadPlan {
  const given = { ...scenario.load, ...withoutGaps(options) };
  if (options.rate !== undefined && options.concurrency !== undefined) {
    throw new PlanError("expected a rate or a concurrency, got both");
  }
  // Whoever says how it is paced means it, whatever the scenario would have done.
  if (options.concurrency !== undefined) delete given.rate;
  if (options.rate !== undefined) delete given.concurrency;
  if (options.durationMs !== undefined && options.count === undefined) delete given.count;
  if (options.count !== undefined && options.warmUpMs === undefined) delete given.warmUpMs;
  const { sockets = 10, rate, count, durationMs = 10_000, timeoutMs = 60_000, seed = "cellgate", speed = 1 } = given;
  const { rampMs = sockets * MS_A_SOCKET, warmUpMs = count === undefined ? 2_000 : 0 } = given;
  const concurrency = Math.min(sockets, given.concurrency ?? sockets);
  // In a closed loop each worker needs a share of the flows that run at a time: one without would never begin any.
  const workers = Math.min(rate === undefined ? concurrency : sockets, given.workers ?? defaultWorkers(sockets));
  const base = { sockets, rampMs, durationMs, timeoutMs, seed, workers, speed };
  if (!scenario.once) {
    if (meets(scenario)) throw new PlanError(`scenario ${scenario.name}: its sockets meet, but not all do it once`);
    return { ...base, rate, concurrency, warmUpMs, count };
  }
  if (rate !== undefined || concurrency !== sockets || (options.count ?? sockets) !== sockets) {
    const expected = "expected sockets, and no rate, concurrency or count";
    throw new PlanError(`scenario ${scenario.name}: each socket does it once, all at the same time: ${expected}`);
  }
  return { ...base, concurrency, warmUpMs: 0, count: sockets };
}

function defaultWorkers(sockets: number): number {
  return Math.max(1, Math.min(availableParallelism() - 1, Math.ceil(sockets / SOCKETS_A_WORKER)));
}

/** Whether its sockets wait for one another anywhere. */
function meets({ flows }: Scenario): boolean {
  const hasMeeting = (steps: readonly Step[]): boolean =>
    steps.some((step) => step.do === "meet" || (step.do === "repeat" && hasMeeting(step.steps)));
  return flows.some(({ steps }) => hasMeeting(steps));
}

function withoutGaps(options: PlanOptions): PlanOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
