import { Backoff } from "./backoff.ts";
import { type Closure, closureOf } from "./closure.ts";
import type { Dialer } from "./dialer.ts";
import type { HostRole, Role } from "./vocabulary.ts";
import { CellgateError, ConnectionError } from "./errors.ts";
import type { Takeover } from "./handshake.ts";
import { pause } from "./timer.ts";

/** How a turn comes back after its connection was lost. */
export interface ReconnectOptions {
  /**
   * Milliseconds without a connection after which the turn is given up. Default: the gateway's `limits.sessionTtlMs`, for
   * then it ends the session.
   */
  readonly maxMs?: number | undefined;
  /** Tries in a row after which the turn is given up. Default: no limit. */
  readonly maxTries?: number | undefined;
  /** Milliseconds that the first pause is shorter than; the bound doubles with each try. Default: 100. */
  readonly baseMs?: number | undefined;
  /** Milliseconds that no pause is longer than. Default: 10,000. */
  readonly capMs?: number | undefined;
  /**
   * Bytes of frames that may wait for a connection, in 10,000 frames at most. A request beyond that rejects with an
   * `UnsentError` (`queue_full`). Default: 16 MiB.
   */
  readonly maxQueuedBytes?: number | undefined;
}

/** What is tried again and again, and who hears of it. None may throw. */
export interface Reconnection<R extends Role = HostRole> {
  /** The default of `maxMs`. */
  readonly maxMs: number;
  /** What a try says. */
  hello(): R["sent"];
  /** The next try is in `retryMs`. */
  waiting(closure: Closure, retryMs: number): void;
  /** A try begins. */
  trying(attempt: number): void;
  /** A try succeeded. It is the last. */
  readonly connected: Takeover<void, R>;
  /** There are no more tries. */
  gaveUp(closure: Closure): void;
}

/** Connects again after a connection was lost, with pauses, until it succeeds, cannot succeed, or has taken too long. */
export class Reconnector<R extends Role = HostRole> {
  readonly options: ReconnectOptions;
  readonly #dialer: Pick<Dialer<R>, "dial" | "renewsToken">;
  readonly #capMs: number;
  readonly #backoff: Backoff;
  #connectedAt = performance.now();
  #stopper = new AbortController();

  constructor(dialer: Pick<Dialer<R>, "dial" | "renewsToken">, options: ReconnectOptions) {
    const { baseMs = 100, capMs = 10_000 } = options;
    this.options = options;
    this.#dialer = dialer;
    this.#capMs = capMs;
    this.#backoff = new Backoff({ baseMs, capMs });
  }

  /** Whether connecting again can help after this end of a connection. */
  canHelp({ code, retryable }: Closure): boolean {
    return retryable || (code === 4401 && this.#dialer.renewsToken);
  }

  /** Tries again until one of `connected` and `gaveUp` was called, or until {@link stop}. Never rejects. */
  async reconnect(lost: Closure, reconnection: Reconnection<R>): Promise<void> {
    const { maxTries = Infinity, maxMs = reconnection.maxMs } = this.options;
    const { signal } = (this.#stopper = new AbortController());
    const lostAt = Date.now();
    // A connection that was lost as soon as it was there was no success.
    if (performance.now() - this.#connectedAt >= this.#capMs) this.#backoff.reset();
    let closure = lost;
    for (let attempt = 1; ; attempt++) {
      const leftMs = maxMs - (Date.now() - lostAt);
      const retryMs = Math.max(0, Math.min(leftMs, Math.max(this.#backoff.next(), askedPauseMs(closure))));
      reconnection.waiting(closure, retryMs);
      await pause(retryMs, signal);
      if (signal.aborted) return;
      reconnection.trying(attempt);
      const failure = await this.#try(reconnection, signal);
      if (!failure || signal.aborted) return;
      closure = failure;
      const waitedMs = Date.now() - lostAt;
      if (!closure.retryable) return reconnection.gaveUp(closure);
      // Asked after the try, not before: a machine that slept past `maxMs` hears from the gateway what is left.
      if (attempt >= maxTries || waitedMs >= maxMs) return reconnection.gaveUp(exhausted(closure, attempt, waitedMs));
    }
  }

  /** No more tries; nobody hears of it. */
  stop(): void {
    this.#stopper.abort();
  }

  /** Resolves with how it failed, if it did. */
  async #try(reconnection: Reconnection<R>, signal: AbortSignal): Promise<Closure | undefined> {
    const take: Takeover<void, R> = (channel, welcome) => {
      this.#connectedAt = performance.now();
      reconnection.connected(channel, welcome);
    };
    try {
      await this.#dialer.dial(reconnection.hello(), take, signal);
      return undefined;
    } catch (error) {
      return closureOfFailure(error);
    }
  }
}

/** Milliseconds that the gateway asks to wait: the reason of `rate_limit` says them. */
function askedPauseMs({ code, reason }: Closure): number {
  return code === 4429 ? Number(/(\d+) ms/.exec(reason)?.[1] ?? 0) : 0;
}

function closureOfFailure(error: unknown): Closure {
  if (error instanceof ConnectionError) return closureOf(error.closeCode ?? 1006, error.reason ?? "", error);
  // What the gateway refuses, or what cannot be said, is not better the next time.
  if (error instanceof CellgateError)
    return { code: 4400, reason: error.message, retryable: error.retryable, cause: error };
  return closureOf(1006, "", error);
}

function exhausted(closure: Closure, tries: number, ms: number): Closure {
  const reason = `given up after ${tries} ${tries === 1 ? "try" : "tries"} in ${ms} ms`;
  return { ...closure, reason: closure.reason ? `${reason}: ${closure.reason}` : reason };
}
