import { Backoff } from "./backoff.ts";
import { type Closure, closureError, closureOf, pageAside } from "./closure.ts";
import type { Dialer } from "./dialer.ts";
import type { HostRole, Role } from "./vocabulary.ts";
import { CellgateError, ConnectionError } from "./errors.ts";
import type { Takeover } from "./handshake.ts";
import { ownPage, type Page, type PageEvent } from "./page.ts";
import type { Loss } from "./states.ts";
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
  /** There is a pause before the next try. */
  waiting(loss: Loss): void;
  /** A try begins. */
  trying(attempt: number): void;
  /** A try succeeded. It is the last. */
  readonly connected: Takeover<void, R>;
  /** There are no more tries. */
  gaveUp(closure: Closure): void;
}

/**
 * Connects again after a connection was lost, with pauses, until it succeeds, cannot succeed, or has taken too long. A
 * page that is put aside tries nothing; when it is woken, or gets a network, the pause is over.
 */
export class Reconnector<R extends Role = HostRole> {
  readonly options: ReconnectOptions;
  readonly page: Pick<Page, "listen" | "isAside" | "isOffline">;
  readonly #dialer: Pick<Dialer<R>, "dial" | "renewsToken">;
  readonly #capMs: number;
  readonly #backoff: Backoff;
  #connectedAt = performance.now();
  #stopper = new AbortController();

  constructor(
    dialer: Pick<Dialer<R>, "dial" | "renewsToken">,
    options: ReconnectOptions,
    page: Reconnector<R>["page"] = ownPage,
  ) {
    const { baseMs = 100, capMs = 10_000 } = options;
    this.options = options;
    this.page = page;
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
    let counted = 0;
    for (let attempt = 1; ; attempt++) {
      await this.#pause(closure, maxMs - (Date.now() - lostAt), reconnection, signal);
      if (signal.aborted) return;
      reconnection.trying(attempt);
      const failure = await this.#try(reconnection, signal);
      if (!failure || signal.aborted) return;
      closure = failure;
      if (!this.page.isOffline && !this.page.isAside) counted += 1;
      const waitedMs = Date.now() - lostAt;
      if (!closure.retryable) return reconnection.gaveUp(closure);
      // Asked after the try, not before: a machine that slept past `maxMs` hears from the gateway what is left.
      if (counted >= maxTries || waitedMs >= maxMs) return reconnection.gaveUp(exhausted(closure, attempt, waitedMs));
    }
  }

  /** No more tries; nobody hears of it. */
  stop(): void {
    this.#stopper.abort();
  }

  /** Resolves when it is time for the next try, in `leftMs` at the latest unless the page is put aside. */
  async #pause(
    closure: Closure,
    leftMs: number,
    { waiting }: Pick<Reconnection<R>, "waiting">,
    signal: AbortSignal,
  ): Promise<void> {
    const askedMs = askedPauseMs(closure);
    const begunAt = Date.now();
    let pauseMs = Math.max(this.#backoff.next(), askedMs);
    for (;;) {
      const { isAside, isOffline } = this.page;
      if (isOffline) pauseMs = Math.max(pauseMs, this.#capMs);
      const retryMs = isAside ? Infinity : Math.max(0, Math.min(leftMs, pauseMs) - (Date.now() - begunAt));
      waiting({ closure, retryMs, ...(isOffline && { offline: true }) });
      const news = await this.#news(retryMs, signal);
      if (signal.aborted || !news) return;
      // Conditions are others now; but what the gateway asks for holds.
      this.#backoff.reset();
      if (news === "woken") pauseMs = askedMs;
    }
  }

  /** Resolves with what the page is told within so many milliseconds, if anything. */
  async #news(withinMs: number, signal: AbortSignal): Promise<PageEvent | undefined> {
    const told = new AbortController();
    let news: PageEvent | undefined;
    const leavePage = this.page.listen((event) => {
      news = event;
      told.abort();
    });
    await pause(withinMs, AbortSignal.any([signal, told.signal]));
    leavePage();
    return news;
  }

  /** Resolves with how it failed, if it did: also where the page was put aside. */
  async #try(reconnection: Reconnection<R>, signal: AbortSignal): Promise<Closure | undefined> {
    const aside = new AbortController();
    const leavePage = this.page.listen((event) => {
      if (event === "aside") aside.abort(closureError(pageAside, "could not connect"));
    });
    const take: Takeover<void, R> = (channel, welcome) => {
      this.#connectedAt = performance.now();
      reconnection.connected(channel, welcome);
    };
    try {
      await this.#dialer.dial(reconnection.hello(), take, AbortSignal.any([signal, aside.signal]));
      return undefined;
    } catch (error) {
      return closureOfFailure(error);
    } finally {
      leavePage();
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
