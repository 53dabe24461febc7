import type { CellLimits } from "./messages.ts";
import { PreparedIsolate } from "./prepared-isolate.ts";

/** Isolates that wait for their first cell: a burst of so many cells starts without making any. */
const FRESH = 8;

/** Isolates that wait for another cell of their session: in all, and for so long. */
const KEPT = 32;
const KEPT_MS = 30_000;

/** Isolates that wait to be thrown away; past it that is done at once. */
const DISCARDED = 16;

/**
 * Work done right after the last answer keeps the gateway from getting it for a millisecond: the kernel leaves the
 * reader behind the writer on one core. So isolates are made and thrown away when it has been quiet for a while.
 */
const QUIET_MS = 2;

interface Kept {
  readonly sessionId: string;
  readonly isolate: PreparedIsolate;
  readonly since: number;
}

/** The isolates of a process between two cells: fresh ones for anybody, used ones for their session alone. */
export class IsolateStock {
  readonly #limits: CellLimits;
  readonly #reuse: boolean;
  readonly #fresh: PreparedIsolate[] = [];
  /** The one that was given back first comes first. */
  readonly #kept: Kept[] = [];
  readonly #discarded: PreparedIsolate[] = [];
  #tidying: NodeJS.Timeout | undefined;

  /** `reuse`: whether a session's later cells may get an isolate that served an earlier one. */
  constructor(limits: CellLimits, reuse: boolean) {
    this.#limits = limits;
    this.#reuse = reuse;
    this.#scheduleTidy();
  }

  /** An isolate for a cell of the session. */
  take(sessionId: string): PreparedIsolate {
    this.#scheduleTidy();
    const own = this.#kept.findLastIndex((kept) => kept.sessionId === sessionId);
    const kept = own === -1 ? undefined : this.#kept.splice(own, 1)[0];
    if (!kept) return this.#fresh.pop() ?? new PreparedIsolate(this.#limits);
    if (!kept.isolate.isPrepared) kept.isolate.renew();
    return kept.isolate;
  }

  /** Takes an isolate back in which no code runs any more, nor ever will in the context that was used. */
  giveBack(isolate: PreparedIsolate, sessionId: string): void {
    isolate.retire();
    if (!this.#reuse || !isolate.isReusable) return this.#discard(isolate);
    this.#kept.push({ sessionId, isolate, since: Date.now() });
    if (this.#kept.length > KEPT) this.#drop(this.#kept.shift());
    this.#scheduleTidy();
  }

  /** Throws an isolate away, a little later. */
  #discard(isolate: PreparedIsolate): void {
    this.#discarded.push(isolate);
    if (this.#discarded.length > DISCARDED) this.#disposeOne();
    this.#scheduleTidy();
  }

  #scheduleTidy(delayMs = QUIET_MS): void {
    clearTimeout(this.#tidying);
    this.#tidying = setTimeout(() => this.#tidy(), delayMs);
  }

  /** Does one thing that is due, and goes on when it has stayed quiet. */
  #tidy(): void {
    const unprepared = this.#kept.findLast(({ isolate }) => !isolate.isPrepared);
    if (this.#discarded.length > 0) this.#disposeOne();
    else if (unprepared) unprepared.isolate.renew();
    else if (this.#fresh.length < FRESH) this.#fresh.push(new PreparedIsolate(this.#limits));
    else return this.#expire();
    this.#scheduleTidy(0);
  }

  #expire(): void {
    const oldest = this.#kept[0];
    if (!oldest) return;
    const leftMs = oldest.since + KEPT_MS - Date.now();
    if (leftMs <= 0) this.#drop(this.#kept.shift());
    else this.#scheduleTidy(leftMs);
  }

  #drop(kept: Kept | undefined): void {
    if (kept) this.#discard(kept.isolate);
  }

  #disposeOne(): void {
    const { isolate } = this.#discarded.shift() ?? {};
    // One that hit its memory limit is gone already, and disposing twice throws.
    if (isolate && !isolate.isDisposed) isolate.dispose();
  }
}
