import type { HistogramNumbers } from "../../../src/protocol/observed-events.ts";

/** What was added to a histogram between two looks at it. After a restart of the gateway that is all of the later one. */
export function histogramSince(later: HistogramNumbers, earlier: HistogramNumbers | undefined): HistogramNumbers {
  if (!earlier || later.count < earlier.count) return later;
  const before = new Map(earlier.buckets);
  return {
    count: later.count - earlier.count,
    sumMs: later.sumMs - earlier.sumMs,
    buckets: later.buckets.map(([leMs, count]) => [leMs, count - (before.get(leMs) ?? 0)]),
  };
}

/**
 * The duration that a share of what was measured did not exceed, by estimate: between the bounds of its bucket the values
 * are taken for evenly spread. Beyond the last bound nothing is known but that; the bound is given then. Null: nothing was
 * measured.
 */
export function quantileOf({ count, buckets }: HistogramNumbers, share: number): number | null {
  if (count <= 0) return null;
  const rank = share * count;
  let [belowMs, below] = [0, 0];
  for (const [leMs, upTo] of buckets) {
    if (upTo >= rank) {
      const within = upTo === below ? 1 : (rank - below) / (upTo - below);
      return belowMs + (leMs - belowMs) * within;
    }
    [belowMs, below] = [leMs, upTo];
  }
  return belowMs;
}
