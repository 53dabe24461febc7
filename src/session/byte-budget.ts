/** Bytes that several holders share, up to a bound. */
export class ByteBudget {
  #free: number;

  constructor(max: number) {
    this.#free = max;
  }

  get free(): number {
    return this.#free;
  }

  /** Takes `bytes`, which must be free. */
  take(bytes: number): void {
    this.#free -= bytes;
  }

  give(bytes: number): void {
    this.#free += bytes;
  }
}
