import type { HistogramNumbers, MetricsEvent } from "../../../src/protocol/observed-events.ts";
import { histogramSince, quantileOf } from "./histogram.ts";

/** One line of a plot: a value for each moment; null where there is none. */
export interface Series {
  readonly label: string;
  readonly values: readonly (number | null)[];
}

/** An hour, once a second. */
const MOST_SAMPLES = 3_600;

/** Quantiles are those of so many of the latest seconds, so that a quiet second does not empty them. */
const QUANTILE_SAMPLES = 10;

/** What the gateway measured since the page is open, for plots over time. */
export class MetricsHistory {
  #samples: MetricsEvent[] = [];

  get latest(): MetricsEvent | undefined {
    return this.#samples.at(-1);
  }

  get length(): number {
    return this.#samples.length;
  }

  add(sample: MetricsEvent): void {
    this.#samples.push(sample);
    // A tenth at a time, as that moves all the others.
    if (this.#samples.length > MOST_SAMPLES * 1.1) this.#samples = this.#samples.slice(-MOST_SAMPLES);
  }

  /** The moments in Unix seconds, as plots want them. */
  times(): number[] {
    return this.#samples.map(({ atMs }) => atMs / 1_000);
  }

  /** A number of each sample. */
  values(label: string, of: (sample: MetricsEvent) => number): Series {
    return { label, values: this.#samples.map(of) };
  }

  /** How fast a total grew, a second. */
  rate(label: string, of: (sample: MetricsEvent) => number): Series {
    return {
      label,
      values: this.#samples.map((sample, index) => {
        const before = this.#samples[index - 1];
        return before ? rateBetween(of(before), of(sample), sample.atMs - before.atMs) : null;
      }),
    };
  }

  /** A rate for each name that a map of totals has had, the names in order. */
  rates(of: (sample: MetricsEvent) => { readonly [name: string]: number }): Series[] {
    return this.#names(of).map((name) => this.rate(name, (sample) => of(sample)[name] ?? 0));
  }

  /** A line for each name that a map has had; null where it lacks the name. */
  each(of: (sample: MetricsEvent) => { readonly [name: string]: number }): Series[] {
    return this.#names(of).map((name) => ({
      label: name,
      values: this.#samples.map((sample) => of(sample)[name] ?? null),
    }));
  }

  /** Quantiles of a histogram, each over the latest ten seconds of its moment. */
  quantiles(of: (sample: MetricsEvent) => HistogramNumbers, shares: readonly number[]): Series[] {
    const windows = this.#samples.map((sample, index) => {
      const before = this.#samples[Math.max(0, index - QUANTILE_SAMPLES)];
      return before && before !== sample ? histogramSince(of(sample), of(before)) : undefined;
    });
    return shares.map((share) => ({
      label: `p${Math.round(share * 100)}`,
      values: windows.map((window) => (window ? quantileOf(window, share) : null)),
    }));
  }

  #names(of: (sample: MetricsEvent) => { readonly [name: string]: number }): string[] {
    const names = new Set<string>();
    for (const sample of this.#samples) for (const name in of(sample)) names.add(name);
    return [...names].toSorted();
  }
}

/** A total that went down counts from 0 again: the gateway was restarted. */
function rateBetween(before: number, after: number, ms: number): number | null {
  if (ms <= 0) return null;
  return ((after < before ? after : after - before) * 1_000) / ms;
}
