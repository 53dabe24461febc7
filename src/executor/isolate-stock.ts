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
 * Work done by this thread right after the last answer keeps the gateway from getting it for a millisecond: the kernel
 * leaves the reader behind the writer on one core. So isolates are made and thrown away when it has been quiet for a while.
 */
const QUIET_MS = 2;

/**
 * Cells that start in shorter intervals than this leave no time in which a renewal would keep nobody waiting: where they
 * follow each other, and where they overlap.
 */
const BUSY_MS = 1;
const CROWDED_MS = 2;

/** That one cell overlapped another counts for so many cells after it. */
const CROWD = 20;

/** Intervals count as no longer than this, so that after a pause a few cells tell that it is over. */
const LONG_MS = 3;

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
  #isRenewing = false;
  /** Isolates that were taken and not given back. */
  #serving = 0;
  /** How many of the cells to come still count as overlapping. */
  #crowded = 0;
  /** When a cell was last started. */
  #takenAt = -Infinity;
  /** Between the starts of the last few cells, on average. */
  #intervalMs = LONG_MS;

  /** `reuse`: whether a session's later cells may get an isolate that served an earlier one. */
  constructor(limits: CellLimits, reuse: boolean) {
    this.#limits = limits;
    this.#reuse = reuse;
    this.#scheduleTidy();
  }

  /**
   * An isolate for a cell of the session: one that is prepared, its own or a fresh one, if there is any. A session whose
   * cells follow each other faster than one isolate is renewed gets a second and a third in this way; but not where there
   * is no pause in which fresh ones could be made: there its own are renewed as long as there are any.
   */
  take(sessionId: string): PreparedIsolate {
    const now = performance.now();
    this.#intervalMs += (Math.min(now - this.#takenAt, LONG_MS) - this.#intervalMs) / 4;
    this.#takenAt = now;
    this.#crowded = this.#serving > 0 ? CROWD : this.#crowded - 1;
    this.#serving += 1;
    this.#scheduleTidy();
    return (
      this.#takeKept(sessionId, "prepared") ??
      (this.#isBusy ? this.#renewed(sessionId) : undefined) ??
      this.#fresh.pop() ??
      this.#renewed(sessionId) ??
      new PreparedIsolate(this.#limits)
    );
  }

  /** An isolate of the session that was used, with another context. */
  #renewed(sessionId: string): PreparedIsolate | undefined {
    const used = this.#takeKept(sessionId, "used");
    used?.renew();
    return used?.isolate.isDisposed ? undefined : used;
  }

  /** The latest isolate of the session that is in this phase; it is kept no longer. */
  #takeKept(sessionId: string, phase: PreparedIsolate["phase"]): PreparedIsolate | undefined {
    const at = this.#kept.findLastIndex((kept) => kept.sessionId === sessionId && kept.isolate.phase === phase);
    return at === -1 ? undefined : this.#kept.splice(at, 1)[0]?.isolate;
  }

  /** Takes an isolate back in which no code runs any more, nor ever will in the context that was used. */
  giveBack(isolate: PreparedIsolate, sessionId: string): void {
    this.#serving -= 1;
    isolate.retire();
    if (!this.#reuse || !isolate.isReusable) return this.#discard(isolate);
    const kept = { sessionId, isolate, since: Date.now() };
    this.#kept.push(kept);
    if (this.#kept.length > KEPT) this.#drop(this.#kept.shift());
    // When the cell's outcome is on its way: a session that goes on at once finds it ready.
    setImmediate(() => void this.#renew());
    this.#scheduleTidy();
  }

  /**
   * Renews what was used, the last first, one at a time: where many cells run, each of these keeps an isolate from the
   * next. Where cells follow each other without a pause it is done on this thread, since handing it to the isolate's own
   * and back takes half as much time again; else there, where it keeps nobody waiting.
   */
  async #renew(): Promise<void> {
    if (this.#isRenewing) return;
    this.#isRenewing = true;
    for (;;) {
      const used = this.#kept.findLast(({ isolate }) => isolate.phase === "used");
      if (!used) break;
      if (this.#isBusy) used.isolate.renew();
      else await used.isolate.renewLater();
      if (used.isolate.isolate.isDisposed && this.#kept.includes(used)) this.#kept.splice(this.#kept.indexOf(used), 1);
      await new Promise(setImmediate);
    }
    this.#isRenewing = false;
  }

  /** Whether cells follow each other without a pause, and went on doing so. */
  get #isBusy(): boolean {
    const intervalMs = Math.max(this.#intervalMs, performance.now() - this.#takenAt);
    return intervalMs < (this.#crowded > 0 ? CROWDED_MS : BUSY_MS);
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
    if (this.#discarded.length > 0) this.#disposeOne();
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
