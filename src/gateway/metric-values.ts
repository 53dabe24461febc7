import type { Counter, Gauge, Histogram } from "prom-client";
import type { HistogramNumbers } from "../protocol/observed-events.ts";

/** The numbers that metrics of Prometheus hold, for whoever is not Prometheus. */

/** That of a metric without labels. */
export async function valueOf(metric: Counter | Gauge): Promise<number> {
  const { values } = await metric.get();
  return values[0]?.value ?? 0;
}

/** Those of a metric with one label, by its values. */
export async function valuesBy(metric: Counter | Gauge, label: string): Promise<{ [value: string]: number }> {
  const { values } = await metric.get();
  return Object.fromEntries(
    values.map(({ labels, value }) => [String((labels as Record<string, unknown>)[label]), value]),
  );
}

/** Those of a histogram of seconds, of all its labels together. */
export async function histogramOf(metric: Histogram): Promise<HistogramNumbers> {
  const { values } = await metric.get();
  const buckets = new Map<number, number>();
  let count = 0;
  let sumMs = 0;
  for (const { metricName, labels, value } of values) {
    if (metricName?.endsWith("_sum")) sumMs += value * 1_000;
    else if (metricName?.endsWith("_count")) count += value;
    else if (typeof labels.le === "number") {
      const leMs = labels.le * 1_000;
      buckets.set(leMs, (buckets.get(leMs) ?? 0) + value);
    }
  }
  return { count, sumMs, buckets: [...buckets] };
}
