import { lostOf } from "../ledger.ts";
import { Random } from "../random.ts";
import type { LoadResult, TimelineSecond } from "../result.ts";
import { type Estimate, estimateMean, QuantileSampler } from "./quantile-sampler.ts";

/** `worse` and `better` are for certain, and enough to matter; `same` is too; `unclear`: these runs cannot tell. */
export type Verdict = "worse" | "better" | "same" | "unclear";

/** One number of two runs. */
export interface Difference {
  /** `execute p50`. */
  readonly what: string;
  readonly unit: "ms" | "a second" | "count";
  readonly before: number;
  readonly after: number;
  /** Within which `after - before` lies, but for one chance in a thousand. Absent for what is counted. */
  readonly interval?: readonly [low: number, high: number] | undefined;
  /** A smaller difference does not matter. */
  readonly tolerance: number;
  readonly verdict: Verdict;
}

/** What came of a comparison. */
export interface Comparison {
  readonly differences: readonly Difference[];
  /** Why the two runs are not quite alike. */
  readonly doubts: readonly string[];
}

/** What is compared of each metric, and what difference does not matter: so much of it, but never less than so many ms. */
const statistics = [
  { name: "p50", quantile: 0.5, relative: 0.1, leastMs: 0.5 },
  // A run's tail depends on what else the machine did, and differs from run to run by more than its seconds tell.
  { name: "p99", quantile: 0.99, relative: 0.5, leastMs: 5 },
] as const;

/** Of the rate of a closed loop. */
const RATE_TOLERANCE = 0.1;
/** What has fewer samples than this in either run, or has any in fewer seconds than this, is not compared. */
const LEAST_SAMPLES = 100;
const LEAST_SECONDS = 5;
/** Of the normal distribution: one chance in a thousand lies outside, to both sides. */
const CERTAIN = 3.29;
/** Cores that were so much busier in one run than in the other. */
const BUSIER = 0.2;

/** Compares two runs of a scenario. The same two runs always give the same verdicts. */
export function compareLoads(before: LoadResult, after: LoadResult): Comparison {
  const names = before.metrics
    .map(({ name }) => name)
    .filter((name) => name !== "connect" && after.metrics.some((metric) => metric.name === name));
  const isClosed = before.plan.rate === undefined && after.plan.rate === undefined;
  const differences = [
    ...names.flatMap((name) => timeDifferences(name, before, after)),
    ...(isClosed ? rateDifference(before, after) : []),
    countDifference("errors", errorsOf(before), errorsOf(after)),
    countDifference("lost requests", lostOf(before.ledger), lostOf(after.ledger)),
  ];
  return { differences, doubts: doubtsAbout(before, after) };
}

/** Whether anything is worse for certain. */
export function isWorse({ differences }: Comparison): boolean {
  return differences.some(({ verdict }) => verdict === "worse");
}

function timeDifferences(name: string, before: LoadResult, after: LoadResult): Difference[] {
  const [first, second] = [before, after].map((run) => new QuantileSampler(histogramsOf(name, run)));
  if (!first || !second || Math.min(first.length, second.length) < LEAST_SECONDS) return [];
  const enough = [before, after].every(
    (run) => (run.metrics.find((metric) => metric.name === name)?.count ?? 0) >= LEAST_SAMPLES,
  );
  if (!enough) return [];
  const quantiles = statistics.map(({ quantile }) => quantile);
  const from = first.estimate(quantiles, new Random(`${name} before`));
  const to = second.estimate(quantiles, new Random(`${name} after`));
  return statistics.flatMap(({ name: statistic, relative, leastMs }, at): Difference[] => {
    const [a, b] = [from[at], to[at]];
    if (!a || !b) return [];
    const tolerance = Math.max(relative * a.value, leastMs);
    const seconds = Math.min(first.length, second.length);
    return [{ what: `${name} ${statistic}`, unit: "ms", ...judged(a, b, tolerance, seconds, "less") }];
  });
}

function rateDifference(before: LoadResult, after: LoadResult): Difference[] {
  const rates = [before, after].map((run) => countingSeconds(run).map(({ metrics }) => metrics["execute"]?.count ?? 0));
  const [first = [], second = []] = rates;
  const seconds = Math.min(first.length, second.length);
  if (seconds < LEAST_SECONDS) return [];
  const [a, b] = [estimateMean(first), estimateMean(second)];
  const judgement = judged(a, b, RATE_TOLERANCE * a.value, seconds, "more");
  return [{ what: "execute rate", unit: "a second", ...judgement }];
}

/** What is for certain lies outside the tolerance, or inside, with the whole of its interval. */
function judged(
  a: Estimate,
  b: Estimate,
  tolerance: number,
  seconds: number,
  better: "less" | "more",
): Omit<Difference, "what" | "unit"> {
  const difference = b.value - a.value;
  const margin = widened(CERTAIN, seconds) * Math.hypot(a.error, b.error);
  const [low, high] = [difference - margin, difference + margin];
  const judge = (): Verdict => {
    if (low > tolerance) return better === "less" ? "worse" : "better";
    if (high < -tolerance) return better === "less" ? "better" : "worse";
    return low > -tolerance && high < tolerance ? "same" : "unclear";
  };
  return { before: a.value, after: b.value, interval: [low, high], tolerance, verdict: judge() };
}

/** Student's t in place of the normal distribution: few seconds tell less of how far they vary (Cornish and Fisher). */
function widened(z: number, seconds: number): number {
  const freedom = Math.max(3, seconds - 1);
  return z + (z ** 3 + z) / (4 * freedom) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2);
}

/** Counts of rare events: the roots of two of them differ by less than the bound, but for one chance in a thousand. */
function countDifference(what: string, before: number, after: number): Difference {
  const isCertain = (2 * Math.abs(Math.sqrt(after) - Math.sqrt(before))) / Math.SQRT2 > CERTAIN;
  const isFirst = before === 0 && after > 0;
  const verdict = isFirst || (isCertain && after > before) ? "worse" : isCertain ? "better" : "same";
  return { what, unit: "count", before, after, tolerance: 0, verdict };
}

function errorsOf({ errors }: LoadResult): number {
  return errors.reduce((sum, { count }) => sum + count, 0);
}

/** Seconds in which flows counted, all of them whole. */
function countingSeconds({ timeline, plan }: LoadResult): TimelineSecond[] {
  const end = plan.count === undefined ? (plan.warmUpMs + plan.durationMs) / 1_000 : (timeline.at(-1)?.second ?? 0);
  return timeline.filter(({ isWarmUp, second }) => !isWarmUp && second + 1 <= end);
}

function histogramsOf(name: string, run: LoadResult): string[] {
  return countingSeconds(run).flatMap(({ metrics }) => metrics[name]?.histogram ?? []);
}

function doubtsAbout(before: LoadResult, after: LoadResult): string[] {
  const doubts: string[] = [];
  if (before.scenario.name !== after.scenario.name) {
    doubts.push(`the scenarios differ: ${before.scenario.name} and ${after.scenario.name}`);
  }
  const plans = [before, after].map(({ plan: { sockets, rate, concurrency } }) =>
    JSON.stringify({ sockets, rate, concurrency }),
  );
  if (plans[0] !== plans[1]) doubts.push(`the loads differ: ${plans.join(" and ")}`);
  const machines = [before, after].map(({ machine: { cpu, cores, node } }) => `${cores} cores (${cpu}), Node ${node}`);
  if (machines[0] !== machines[1]) doubts.push(`the machines differ: ${machines.join(" and ")}`);
  const [busy, busyAfter] = [before.machine.busy, after.machine.busy];
  if (Math.abs(busy - busyAfter) > BUSIER) {
    const percent = (share: number) => `${(share * 100).toFixed(0)} %`;
    doubts.push(`the cores were ${percent(busy)} busy in the one run and ${percent(busyAfter)} in the other`);
  }
  return doubts;
}
