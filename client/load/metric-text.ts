import { durationText } from "./duration.ts";
import type { MetricResult } from "./result.ts";

/** How many samples a percentile takes: with fewer it is the longest of them. */
const leastSamples = { p50: 1, p90: 10, p99: 100, p999: 1_000 } as const;

/** A percentile to be read: a dash where there are too few samples for it. */
export function percentileText(metric: MetricResult, percentile: keyof typeof leastSamples): string {
  return metric.count < leastSamples[percentile] ? "–" : durationText(metric[percentile]);
}

/** The times of a metric, as tables have them: mean, p50, p90, p99, p99.9, longest. */
export function timeTexts(metric: MetricResult): string[] {
  const percentiles = (["p50", "p90", "p99", "p999"] as const).map((percentile) => percentileText(metric, percentile));
  return [durationText(metric.mean), ...percentiles, durationText(metric.max)];
}
