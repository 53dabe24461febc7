import { type Closure, closureOf, pageAside } from "./closure.ts";
import type { Page, PageEvent } from "./page.ts";
import { after, type CancelTimer } from "./timer.ts";

/** How long a sign of life may take at most; where heartbeats are shorter, it may take as long as one. */
const longestPongMs = 10_000;
/** How long a check may take that was asked for because something is suspected. */
const checkMs = 5_000;
/** An answer that waits in a socket's buffer is read after the timers that were held up with it: they prove nothing. */
const heldUpMs = 1_000;

/** What a {@link Watchdog} watches by, and whom it tells. */
export interface WatchdogOptions {
  /** Milliseconds of silence after which it asks for a sign of life. */
  readonly heartbeatMs: number;
  /** The page that this runs in. */
  readonly page: Pick<Page, "listen">;
  /** Asks for a sign of life. */
  ping(): void;
  /** The connection is of no use any more: no sign of life came, or the page was put aside. The watch is over. */
  lost(closure: Closure): void;
}

/**
 * Finds out that a connection is dead although nobody said so: a laptop was shut, a network changed. Whatever is heard is
 * a sign of life; without any for a heartbeat it pings, and without an answer within another, or within 10 s, it is lost.
 *
 * ```
 * listening ──nothing heard for heartbeatMs──▶ asking ──nothing heard in time──▶ lost
 *     ▲ └──check(), or a timer far too late──────▶ │                                ▲
 *     ├──────────────something was heard───────────┘                                │
 *     └──────────────────────────the page is put aside──────────────────────────────┘
 * ```
 *
 * A timer that comes more than a heartbeat late says that the machine slept. What happened to the connection meanwhile
 * is unknown, so that it is checked at once, within five seconds. That check is final, however late its own timer comes:
 * in a page in the background all of them do. What a page is told of itself and of the network is a reason to check, too.
 */
export class Watchdog {
  readonly #options: WatchdogOptions;
  #heardAt = performance.now();
  /** Something was heard since the last ping. */
  #isAnswered = false;
  #isChecking = false;
  #cancelTimer: CancelTimer | undefined;
  readonly #leavePage: () => void;

  /** It watches from now on. */
  constructor(options: WatchdogOptions) {
    this.#options = options;
    this.#leavePage = options.page.listen((event) => this.#told(event));
    this.#listen();
  }

  /** Something came. */
  heard(): void {
    this.#heardAt = performance.now();
    this.#isAnswered = true;
  }

  /** Asks for a sign of life now, to come within five seconds. */
  check(): void {
    // Another would put off what the one under way finds out.
    if (this.#isChecking && !this.#isAnswered) return;
    this.#isChecking = true;
    this.#ask(checkMs, Infinity);
  }

  /** The watch is over. */
  stop(): void {
    this.#cancelTimer?.();
    this.#leavePage();
  }

  #told(event: PageEvent): void {
    if (event === "aside") this.#lose(pageAside);
    else this.check();
  }

  #listen(): void {
    this.#isChecking = false;
    const { heartbeatMs } = this.#options;
    const restMs = heartbeatMs - (performance.now() - this.#heardAt);
    if (restMs > 0) this.#wait(restMs, heartbeatMs, () => this.#listen());
    else this.#ask(Math.min(heartbeatMs, longestPongMs), heldUpMs);
  }

  #ask(limitMs: number, lateMs: number): void {
    this.#isAnswered = false;
    this.#options.ping();
    this.#wait(limitMs, lateMs, () => {
      if (this.#isAnswered) this.#listen();
      else this.#lose(closureOf(4440, `no sign of life came within ${limitMs} ms`));
    });
  }

  #lose(closure: Closure): void {
    this.stop();
    this.#options.lost(closure);
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
