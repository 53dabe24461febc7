const FIRST_MS = 100;
const LAST_MS = 10_000;

/** How long to wait before the next try: 100 ms, then twice as long each time, up to 10 s. */
export class RetryDelay {
  #nextMs = FIRST_MS;

  next(): number {
    const ms = this.#nextMs;
    this.#nextMs = Math.min(ms * 2, LAST_MS);
    return ms;
  }

  reset(): void {
    this.#nextMs = FIRST_MS;
  }
}
