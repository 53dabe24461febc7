import type { CancelTimer, Clock } from "../session/clock.ts";

/** What a {@link Patience} needs. */
export interface PatienceOptions {
  readonly clock: Clock;
  readonly limitMs: number;
  /** Nothing renewed it for `limitMs`. It has ended with that. */
  readonly exhausted: () => void;
}

/**
 * A time limit that is renewed far more often than it runs out: while it runs there is one timer, whatever the number of
 * renewals. One whose timer comes late begins anew, for this process was held up and may not have read yet what came.
 */
export class Patience {
  readonly #options: PatienceOptions;
  #renewedAt = 0;
  /** Undefined: it does not run, and no timer is left. */
  #cancel: CancelTimer | undefined;
  #runs = false;
  #pausedAt: number | undefined;

  constructor(options: PatienceOptions) {
    this.#options = options;
  }

  /** Begins, unless it runs already. Returns whether it did. */
  begin(): boolean {
    if (this.#runs) return false;
    this.renew();
    return true;
  }

  /** Begins, or begins again. */
  renew(): void {
    this.#runs = true;
    this.#renewedAt = this.#options.clock.now();
    if (this.#pausedAt !== undefined) this.#pausedAt = this.#renewedAt;
    else if (!this.#cancel) this.#arm();
  }

  /** What it waits for cannot come now, for a cause of ours: no time passes until {@link resume}. */
  pause(): void {
    this.#pausedAt ??= this.#options.clock.now();
  }

  resume(): void {
    if (this.#pausedAt === undefined) return;
    this.#renewedAt += this.#options.clock.now() - this.#pausedAt;
    this.#pausedAt = undefined;
    if (this.#runs && !this.#cancel) this.#arm();
  }

  /** What it waited for has come. Its timer is left to find that out: the next thing to wait for is likely soon. */
  end(): void {
    this.#runs = false;
  }

  /** There is nothing more to wait for. */
  stop(): void {
    this.#runs = false;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #arm(): void {
    const { clock, limitMs } = this.#options;
    const dueAt = this.#renewedAt + limitMs;
    this.#cancel = clock.after(dueAt - clock.now(), () => this.#check(dueAt));
  }

  #check(dueAt: number): void {
    const { clock, limitMs, exhausted } = this.#options;
    this.#cancel = undefined;
    if (!this.#runs || this.#pausedAt !== undefined) return;
    if (clock.now() - dueAt > limitMs / 4) return this.renew();
    if (clock.now() - this.#renewedAt < limitMs) return this.#arm();
    this.#runs = false;
    exhausted();
  }
}
