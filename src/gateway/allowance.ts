import type { Clock } from "../session/clock.ts";

/** Seconds' worth that may be spent at once. */
const BURST_SECONDS = 2;

/** So much a second of something, on average (a token bucket). It may be overdrawn, and then there is a time to wait. */
export class Allowance {
  readonly #clock: Clock;
  readonly #perSecond: number;
  #left: number;
  #at: number;

  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#left = perSecond * BURST_SECONDS;
    this.#at = clock.now();
  }

  spend(amount: number): void {
    this.#refill();
    this.#left -= amount;
  }

  /** Milliseconds until nothing is overdrawn. */
  get waitMs(): number {
    this.#refill();
    return this.#left >= 0 ? 0 : (-this.#left / this.#perSecond) * 1_000;
  }

  #refill(): void {
    const now = this.#clock.now();
    const earned = ((now - this.#at) / 1_000) * this.#perSecond;
    this.#at = now;
    this.#left = Math.min(this.#left + earned, this.#perSecond * BURST_SECONDS);
  }
}
