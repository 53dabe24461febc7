import { after, type CancelTimer } from "./timer.ts";

/** How long a check may take that was asked for because something is suspected. */
const checkMs = 5_000;
/** An answer that waits in a socket's buffer is read after the timers that were held up with it: they prove nothing. */
const heldUpMs = 1_000;

/** What a {@link Watchdog} watches by, and whom it tells. */
export interface WatchdogOptions {
  /** Milliseconds of silence after which it asks for a sign of life. */
  readonly heartbeatMs: number;
  /** Milliseconds that the sign may take. */
  readonly pongMs: number;
  /** Asks for a sign of life. */
  ping(): void;
  /** None came. The watch is over. */
  expired(): void;
}

/**
 * Finds out that a connection is dead although nobody said so: a laptop was shut, a network changed. Whatever is heard is
 * a sign of life; without any for a heartbeat it pings, and without an answer it has expired.
 *
 * ```
 * listening ──nothing heard for heartbeatMs──▶ asking ──nothing heard for pongMs──▶ expired
 *     ▲ └──check(), or a timer far too late──────▶ │
 *     └──────────────something was heard───────────┘
 * ```
 *
 * A timer that comes more than a heartbeat late says that the machine slept. What happened to the connection meanwhile
 * is unknown, so that it is checked at once, within five seconds. That check is final, however late its own timer comes:
 * in a page in the background all of them do.
 */
export class Watchdog {
  readonly #options: WatchdogOptions;
  #heardAt = performance.now();
  /** Something was heard since the last ping. */
  #isAnswered = false;
  #cancelTimer: CancelTimer | undefined;

  /** It watches from now on. */
  constructor(options: WatchdogOptions) {
    this.#options = options;
    this.#listen();
  }

  /** Something came. */
  heard(): void {
    this.#heardAt = performance.now();
    this.#isAnswered = true;
  }

  /** Asks for a sign of life now, to come within five seconds. */
  check(): void {
    this.#ask(checkMs, Infinity);
  }

  /** The watch is over. */
  stop(): void {
    this.#cancelTimer?.();
  }

  #listen(): void {
    const { heartbeatMs, pongMs } = this.#options;
    const restMs = heartbeatMs - (performance.now() - this.#heardAt);
    if (restMs > 0) this.#wait(restMs, heartbeatMs, () => this.#listen());
    else this.#ask(pongMs, heldUpMs);
  }

  #ask(limitMs: number, lateMs: number): void {
    this.#isAnswered = false;
    this.#options.ping();
    this.#wait(limitMs, lateMs, () => {
      if (this.#isAnswered) this.#listen();
      else this.#options.expired();
    });
  }

  /** Calls back after `delayMs`, or checks where the timer comes more than `lateMs` too late. */
  #wait(delayMs: number, lateMs: number, callback: () => void): void {
    // Not `performance.now()`, which stands still on some platforms while the machine sleeps.
    const due = Date.now() + delayMs;
    this.#cancelTimer?.();
    this.#cancelTimer = after(delayMs, () => {
      if (Date.now() - due > lateMs) this.check();
      else callback();
    });
  }
}
