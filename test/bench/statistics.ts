/** What a list of samples comes to. */
export interface Summary {
  readonly count: number;
  readonly median: number;
  /** 95 of 100 samples are as good as this or better. */
  readonly p95: number;
  readonly p99: number;
  readonly best: number;
}

/** Whether small numbers are good, as of times, or large ones, as of rates. */
export type Better = "less" | "more";

/** Undefined without samples. */
export function summarize(samples: readonly number[], better: Better): Summary | undefined {
  const fromBest = samples.toSorted((a, b) => (better === "less" ? a - b : b - a));
  const [best] = fromBest;
  if (best === undefined) return undefined;
  return {
    count: samples.length,
    median: quantile(fromBest, 0.5),
    p95: quantile(fromBest, 0.95),
    p99: quantile(fromBest, 0.99),
    best,
  };
}

/** Between two samples it is in proportion. `sorted` has one at least. */
function quantile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}
