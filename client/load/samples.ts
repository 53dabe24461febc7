/** What one worker measured within a second. */
export interface SamplesOfSecond {
  /** Milliseconds, by metric. */
  readonly times: { readonly [metric: string]: Float64Array<ArrayBuffer> };
  /** The same of what was begun in the warm-up. */
  readonly warmUpTimes: { readonly [metric: string]: Float64Array<ArrayBuffer> };
  /** Errors by what they were, with the message of the first. */
  readonly errors: { readonly [what: string]: { readonly count: number; readonly message: string } };
  readonly frames: number;
  readonly frameBytes: number;
}

/** Takes down what is measured, at some nanoseconds a sample; whoever asks for it takes it away. */
export class Samples {
  /** Whether what is measured now does not count yet, where `record` is not told. */
  isWarmUp = false;
  #times = new Map<string, number[]>();
  #warmUpTimes = new Map<string, number[]>();
  #errors = new Map<string, { count: number; message: string }>();
  #frames = 0;
  #frameBytes = 0;

  /** A time. `isWarmUp`: it was begun before it counts. */
  record(metric: string, ms: number, isWarmUp = this.isWarmUp): void {
    const all = isWarmUp ? this.#warmUpTimes : this.#times;
    const times = all.get(metric);
    if (times) times.push(ms);
    else all.set(metric, [ms]);
  }

  /** A frame came. */
  frame(bytes: number): void {
    this.#frames += 1;
    this.#frameBytes += bytes;
  }

  /** Something went wrong. There must be few kinds of `what`. */
  error(what: string, message: string): void {
    const errors = this.#errors.get(what);
    if (errors) errors.count += 1;
    else this.#errors.set(what, { count: 1, message });
  }

  take(): SamplesOfSecond {
    const taken: SamplesOfSecond = {
      times: packed(this.#times),
      warmUpTimes: packed(this.#warmUpTimes),
      errors: Object.fromEntries(this.#errors),
      frames: this.#frames,
      frameBytes: this.#frameBytes,
    };
    this.#times = new Map();
    this.#warmUpTimes = new Map();
    this.#errors = new Map();
    this.#frames = 0;
    this.#frameBytes = 0;
    return taken;
  }
}

function packed(times: ReadonlyMap<string, number[]>): { [metric: string]: Float64Array<ArrayBuffer> } {
  return Object.fromEntries(Array.from(times, ([metric, list]) => [metric, Float64Array.from(list)]));
}
