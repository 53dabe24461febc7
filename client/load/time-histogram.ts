import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram,
  JsHistogram,
} from "hdr-histogram-js";

/** A time of more than an hour counts as one. */
const longestMicroseconds = 3_600_000_000;

/** How often each time occurred, to three significant digits from a microsecond to an hour (HdrHistogram). Times are in milliseconds. */
export class TimeHistogram {
  readonly #histogram: Histogram;

  /** Reads what {@link encoded} wrote. Throws for anything else. */
  static decode(text: string): TimeHistogram {
    return new TimeHistogram(decodeFromCompressedBase64(text));
  }

  constructor(
    histogram = build({
      lowestDiscernibleValue: 1,
      highestTrackableValue: longestMicroseconds,
      numberOfSignificantValueDigits: 3,
      autoResize: false,
    }),
  ) {
    this.#histogram = histogram;
  }

  get count(): number {
    return this.#histogram.totalCount;
  }

  get meanMs(): number {
    return this.#histogram.mean / 1_000;
  }

  get minMs(): number {
    return this.count === 0 ? 0 : this.#histogram.minNonZeroValue / 1_000;
  }

  get maxMs(): number {
    return this.#histogram.maxValue / 1_000;
  }

  record(ms: number): void {
    this.#histogram.recordValue(Math.min(longestMicroseconds, Math.max(1, Math.round(ms * 1_000))));
  }

  /** So many of a hundred are as short as this, or shorter. */
  percentileMs(percentile: number): number {
    return this.#histogram.getValueAtPercentile(percentile) / 1_000;
  }

  clear(): void {
    this.#histogram.reset();
  }

  /** In the form that all HdrHistograms share: V2, compressed, in base64. The unit is a microsecond. */
  encoded(): string {
    return encodeIntoCompressedBase64(this.#histogram);
  }

  /** The times that occurred, from the shortest to the longest, and how often each did. */
  *buckets(): Generator<{ readonly ms: number; readonly count: number }> {
    const histogram = this.#histogram;
    if (!(histogram instanceof JsHistogram)) return;
    let left = histogram.totalCount;
    for (let index = 0; left > 0; index++) {
      const count = histogram.getCountAtIndex(index);
      left -= count;
      if (count > 0) yield { ms: histogram.medianEquivalentValue(histogram.valueFromIndex(index)) / 1_000, count };
    }
  }
}
