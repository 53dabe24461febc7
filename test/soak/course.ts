import { summarize } from "../bench/statistics.ts";

/** Of a course, what counts as its beginning, and as its end. */
const PART = 1 / 5;

/**
 * The median of the first fifth of some samples, and that of the last. Memory goes up and down with what is not collected
 * yet, so that two samples alone say little about where it goes.
 */
export function courseOf(samples: readonly number[]): { from: number; to: number } {
  const part = Math.max(1, Math.floor(samples.length * PART));
  const median = (some: readonly number[]) => summarize(some, "less")?.median ?? Number.NaN;
  return { from: median(samples.slice(0, part)), to: median(samples.slice(-part)) };
}
