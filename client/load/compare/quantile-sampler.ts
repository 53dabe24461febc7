import type { Random } from "../random.ts";
import { TimeHistogram } from "../time-histogram.ts";

/** What a statistic of a run is, and how far it could as well have been from there. */
export interface Estimate {
  readonly value: number;
  /** Standard error. */
  readonly error: number;
}

/** So often the seconds of a run are drawn anew. */
const RESAMPLES = 400;

/**
 * The times of one metric of one run, second by second. How sure its quantiles are is found by drawing its seconds anew,
 * some in a row at a time (a moving-block bootstrap): requests that were under way at the same time shared whatever
 * slowed one of them down, so that a thousand of them say less than a thousand independent ones would.
 */
export class QuantileSampler {
  /** All times that occurred, from the shortest. */
  readonly #times: readonly number[];
  /** For each second, the index of each time and how often it occurred there. */
  readonly #seconds: readonly (readonly (readonly [index: number, count: number])[])[];

  /** `histograms` are those of the seconds, encoded. */
  constructor(histograms: readonly string[]) {
    const seconds = histograms.map((histogram) => [...TimeHistogram.decode(histogram).buckets()]);
    this.#times = [...new Set(seconds.flatMap((buckets) => buckets.map(({ ms }) => ms)))].toSorted((a, b) => a - b);
    const indexOf = new Map(this.#times.map((ms, index) => [ms, index]));
    this.#seconds = seconds.map((buckets) => buckets.map(({ ms, count }) => [indexOf.get(ms) ?? 0, count]));
  }

  /** Seconds in which there was something. */
  get length(): number {
    return this.#seconds.length;
  }

  /** Each quantile (0.5 is the median), and how sure it is. */
  estimate(quantiles: readonly number[], random: Random): Estimate[] {
    const whole = this.#quantiles(this.#seconds.keys(), quantiles);
    const drawn = Array.from({ length: RESAMPLES }, () => this.#quantiles(this.#draw(random), quantiles));
    return whole.map((value, at) => ({ value, error: deviation(drawn.map((values) => values[at] ?? value)) }));
  }

  /** As many seconds as there are, drawn in blocks; behind the last comes the first again. */
  *#draw(random: Random): Generator<number> {
    const { length } = this.#seconds;
    const block = Math.max(1, Math.round(length ** (1 / 3)));
    for (let left = length; left > 0; left -= block) {
      const start = random.integer(0, length - 1);
      for (let at = 0; at < Math.min(block, left); at++) yield (start + at) % length;
    }
  }

  #quantiles(seconds: Iterable<number>, quantiles: readonly number[]): number[] {
    const counts = new Float64Array(this.#times.length);
    let total = 0;
    for (const second of seconds) {
      for (const [index, count] of this.#seconds[second] ?? []) {
        counts[index] = (counts[index] ?? 0) + count;
        total += count;
      }
    }
    return quantiles.map((quantile) => {
      let left = quantile * total;
      const index = counts.findIndex((count) => (left -= count) <= 0);
      return this.#times[index] ?? 0;
    });
  }
}

/** The mean and the standard error of a number that each second has; by batches of seconds, as neighbours are alike. */
export function estimateMean(values: readonly number[]): Estimate {
  const batches = Math.max(2, Math.min(values.length, Math.round(values.length ** (2 / 3))));
  const means = Array.from({ length: batches }, (_, batch) => {
    const from = Math.floor((batch * values.length) / batches);
    return mean(values.slice(from, Math.floor(((batch + 1) * values.length) / batches)));
  });
  return { value: mean(values), error: deviation(means) / Math.sqrt(batches) };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

function deviation(values: readonly number[]): number {
  const center = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - center) ** 2, 0);
  return Math.sqrt(squares / Math.max(1, values.length - 1));
}
