/** When the flows of an open loop are to begin: at even distances, whatever becomes of the earlier ones. */
export class Arrivals {
  readonly #gapMs: number;
  /** The first index that counts, and the one behind the last. */
  readonly #first: number;
  readonly #end: number;

  /** `count`: how many of them count; else those of `durationMs` do. */
  constructor({ rate, warmUpMs, durationMs, count }: ArrivalsOptions) {
    this.#gapMs = 1_000 / rate;
    this.#first = Math.ceil(warmUpMs / this.#gapMs);
    this.#end = count === undefined ? Math.ceil((warmUpMs + durationMs) / this.#gapMs) : this.#first + count;
  }

  /** How many there are, those of the warm-up included. */
  get total(): number {
    return this.#end;
  }

  /** Milliseconds after the start at which the one with this index, from 0, is due. */
  dueMs(index: number): number {
    return index * this.#gapMs;
  }

  isWarmUp(index: number): boolean {
    return index < this.#first;
  }
}

/** What {@link Arrivals} are made of. */
export interface ArrivalsOptions {
  /** A second. */
  readonly rate: number;
  readonly warmUpMs: number;
  readonly durationMs: number;
  readonly count: number | undefined;
}
