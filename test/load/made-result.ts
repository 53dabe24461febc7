import { emptyLedger } from "../../client/load/ledger.ts";
import { Measurements } from "../../client/load/measurements.ts";
import type { Random } from "../../client/load/random.ts";
import type { LoadResult } from "../../client/load/result.ts";
import type { WorkerSecond } from "../../client/load/worker-messages.ts";

/** What a result is made of. */
interface Making {
  readonly random: Random;
  /** Seconds that count; two of warm-up come before. */
  readonly seconds?: number;
  readonly perSecond?: number;
  /** How long an execute took, in milliseconds. */
  readonly ms: (random: Random, second: number) => number;
  readonly errors?: { readonly [what: string]: number };
  readonly overrides?: Partial<LoadResult>;
}

const WARM_UP = 2;

/** A result as a load would have given it, without one. */
export function madeResult({ random, seconds = 20, perSecond = 200, ms, errors = {}, overrides }: Making): LoadResult {
  const measurements = new Measurements(WARM_UP * 1_000);
  for (let second = 0; second < WARM_UP + seconds; second++) {
    const times = { execute: Float64Array.from({ length: perSecond }, () => ms(random, second)) };
    measurements.add(
      told(second, second < WARM_UP ? {} : times, second < WARM_UP ? times : {}, second === WARM_UP ? errors : {}),
    );
    measurements.addGateway(second, { rssBytes: (100 + second) * 2 ** 20, executorRssBytes: 2 ** 29, cpu: 0.5 });
  }
  return {
    type: "cellgate.load",
    version: 1,
    scenario: { name: "noop", about: "nothing" },
    plan: {
      sockets: 10,
      rate: 200,
      concurrency: 10,
      rampMs: 10,
      warmUpMs: WARM_UP * 1_000,
      durationMs: seconds * 1_000,
      timeoutMs: 60_000,
      seed: "s",
      workers: 1,
      speed: 1,
    },
    startedAtMs: 1_790_000_000_000,
    seconds,
    machine: { cores: 2, cpu: "a <cpu>", node: "v26", platform: "linux", memoryMiB: 1_024, busy: 0.5 },
    gateway: { url: "ws://127.0.0.1:1/v1/turn", flags: [] },
    ledger: emptyLedger(),
    flows: { begun: 0, notBegun: 0, notEnded: 0 },
    ...measurements.result(seconds),
    doubts: [],
    checks: [],
    ...overrides,
  };
}

type Times = WorkerSecond["samples"]["times"];

function told(
  second: number,
  times: Times,
  warmUpTimes: Times,
  errors: { readonly [what: string]: number },
): WorkerSecond {
  return {
    second,
    samples: {
      times,
      warmUpTimes,
      errors: Object.fromEntries(
        Object.entries(errors).map(([what, count]) => [what, { count, message: `<${what}>` }]),
      ),
      frames: 3,
      frameBytes: 300,
    },
    calls: 1,
    notifications: 0,
    strain: { utilization: 0.2, maxLagMs: 3, maxLateMs: 1 },
    connected: 10,
    running: 4,
    waiting: 0,
  };
}
