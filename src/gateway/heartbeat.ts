import type { CancelTimer, Clock } from "../session/clock.ts";

/** What a {@link Heartbeat} needs. */
export interface HeartbeatOptions {
  readonly clock: Clock;
  /** Milliseconds between two pings. */
  readonly intervalMs: number;
  /** Milliseconds beyond the interval after which silence is taken for the end. */
  readonly pongMs: number;
  /** Asks the other end for a sign of life. */
  readonly ping: () => void;
  /** Nothing was heard for the interval and `pongMs`. Called once at most. */
  readonly lost: () => void;
}

/** Pings the other end of a socket, and notices when nothing comes from there any more. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #heardAt: number;
  #pingAt: number;
  #cancel: CancelTimer;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#heardAt = options.clock.now();
    this.#pingAt = this.#heardAt + options.intervalMs;
    this.#cancel = this.#arm();
  }

  /** A sign of life. */
  heard(): void {
    this.#heardAt = this.#options.clock.now();
  }

  stop(): void {
    this.#cancel();
  }

  get #lostAt(): number {
    return this.#heardAt + this.#options.intervalMs + this.#options.pongMs;
  }

  #arm(): CancelTimer {
    const { clock } = this.#options;
    const dueAt = Math.min(this.#pingAt, this.#lostAt);
    return clock.after(dueAt - clock.now(), () => this.#step(dueAt));
  }

  #step(dueAt: number): void {
    const { clock, intervalMs, pongMs, ping, lost } = this.#options;
    const now = clock.now();
    // This process slept, or was held up, and has not read yet what came meanwhile: everybody gets another chance.
    const slept = now - dueAt > pongMs;
    if (slept) this.#heardAt = now;
    if (now >= this.#lostAt) return lost();
    if (slept || now >= this.#pingAt) {
      this.#pingAt = now + intervalMs;
      ping();
    }
    this.#cancel = this.#arm();
  }
}
