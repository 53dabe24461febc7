/** What a {@link Backoff} counts with. */
export interface BackoffOptions {
  /** Milliseconds that the first pause is shorter than. */
  readonly baseMs: number;
  /** Milliseconds that no pause is longer than. */
  readonly capMs: number;
  /** A number from 0 up to, and without, 1. Default: `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/**
 * The pauses between tries: each is chosen at random from 0 up to a bound that doubles with each try. Clients that were
 * cut off at the same moment come back spread over the whole of it ("full jitter"), and not as one crowd.
 */
export class Backoff {
  readonly #options: BackoffOptions;
  #tries = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** Milliseconds until the next try. */
  next(): number {
    const { baseMs, capMs, random = Math.random } = this.#options;
    const boundMs = Math.min(capMs, baseMs * 2 ** this.#tries);
    this.#tries += 1;
    return Math.floor(random() * boundMs);
  }

  /** What was tried has held: the next pause is a first one. */
  reset(): void {
    this.#tries = 0;
  }
}
