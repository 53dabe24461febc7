/**
 * Bytes that several holders share, up to a bound. A holder may take more than there are; whoever shares them then makes
 * room, until `free` is not negative any more.
 */
export class ByteBudget {
  #free: number;

  constructor(max: number) {
    this.#free = max;
  }

  get free(): number {
    return this.#free;
  }

  take(bytes: number): void {
    this.#free -= bytes;
  }

  give(bytes: number): void {
    this.#free += bytes;
  }
}
