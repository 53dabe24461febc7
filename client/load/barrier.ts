/**
 * Where sockets meet: each waits until all are there. A socket that will not come any more has to leave, or the others
 * would wait for ever. Across workers it opens in two steps: `onFull` hears that all of this worker's are there (or that
 * all have left for good), and `open` lets them go.
 */
export class Barrier {
  readonly #onFull: (hasLeft: boolean) => void;
  readonly #waiting: (() => void)[] = [];
  /** Sockets that are to come. */
  #expected: number;

  constructor(expected: number, onFull: (hasLeft: boolean) => void) {
    this.#expected = expected;
    this.#onFull = onFull;
  }

  meet(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#look();
    });
  }

  /** A socket does not come here again. */
  leave(): void {
    this.#expected -= 1;
    this.#look();
  }

  /** All go on. */
  open(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #look(): void {
    if (this.#waiting.length === this.#expected) this.#onFull(this.#expected === 0);
  }
}
