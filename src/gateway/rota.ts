import type { CancelTimer, Clock } from "../session/clock.ts";

/** Milliseconds of telling on end, give or take one frame. */
const SLICE_MS = 1;

/** For each millisecond of telling so many are left to everything else. */
const REST = 3;

/**
 * Whose turn it is to be told: one observer after the other, a frame at a time. However many they are, they take no more
 * than a quarter of the gateway's thread together, and no host waits for all of them.
 */
export class Rota {
  readonly #clock: Clock;
  /** The longest waiting first. */
  readonly #waiting = new Set<() => void>();
  #isTelling = false;
  /** By the clock: when the next may be told. */
  #freeAt = 0;
  #cancelTimer: CancelTimer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `tell`, which tells one frame, when it is its turn: now, where nobody waits. Asking twice is asking once. */
  ask(tell: () => void): void {
    this.#waiting.add(tell);
    if (this.#isTelling || this.#cancelTimer) return;
    if (this.#freeAt <= this.#clock.now()) this.#tell();
    else this.#arm();
  }

  /** `tell` is not to be called any more. */
  leave(tell: () => void): void {
    this.#waiting.delete(tell);
    if (this.#waiting.size > 0) return;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #tell(): void {
    const began = this.#clock.now();
    let now = began;
    this.#isTelling = true;
    try {
      // Each once: whoever has more to tell asks again, and waits for the next time.
      for (let left = this.#waiting.size; left > 0 && now - began < SLICE_MS; left--) {
        const [tell] = this.#waiting;
        if (!tell) break;
        this.#waiting.delete(tell);
        tell();
        now = this.#clock.now();
      }
    } finally {
      this.#isTelling = false;
      this.#freeAt = now + REST * (now - began);
      if (this.#waiting.size > 0) this.#arm();
    }
  }

  #arm(): void {
    this.#cancelTimer = this.#clock.after(Math.max(0, this.#freeAt - this.#clock.now()), () => {
      this.#cancelTimer = undefined;
      this.#tell();
    });
  }
}
