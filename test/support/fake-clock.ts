import type { CancelTimer, Clock } from "../../src/session/clock.ts";

interface Timer {
  readonly due: number;
  readonly callback: () => void;
}

/** Time that passes only where a test says so. */
export class FakeClock implements Clock {
  #now = 0;
  readonly #timers = new Set<Timer>();

  /** Timers that have neither fired nor been taken back. */
  get pending(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#now;
  }

  /** The first day of 2030 at first. */
  unixMs(): number {
    return Date.UTC(2030, 0) + this.#now;
  }

  after(delayMs: number, callback: () => void): CancelTimer {
    const timer: Timer = { due: this.#now + delayMs, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Lets `ms` pass. Timers fire when they are due, in the order in which they are, then in that of their making. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let timer = this.#next(end); timer; timer = this.#next(end)) {
      this.#timers.delete(timer);
      this.#now = timer.due;
      timer.callback();
    }
    this.#now = end;
  }

  /** Lets `ms` pass in which no timer fires, as in a machine that sleeps: those that were due fire at its end. */
  sleep(ms: number): void {
    this.#now += ms;
    const due = Array.from(this.#timers).filter((timer) => timer.due <= this.#now);
    for (const timer of due.toSorted((a, b) => a.due - b.due)) if (this.#timers.delete(timer)) timer.callback();
  }

  #next(end: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) if (timer.due <= end && (!next || timer.due < next.due)) next = timer;
    return next;
  }
}
