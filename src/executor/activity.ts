/** A session is a suspect for so long after its cells were last heard of. A cell that uses the CPU is every 250 ms. */
const RECENT_MS = 500;

/** Longer than a process is silent before nothing new is noted of it. */
const KEPT_MS = 5_000;

/**
 * Which sessions had cells at work in a process of late: they were started or answered, or said something. Where the
 * process dies without a word, one of them did it (rule B6).
 */
export class Activity {
  /** The one that was active last comes last. */
  readonly #times = new Map<string, number>();

  note(sessionId: string): void {
    const now = performance.now();
    this.#times.delete(sessionId);
    this.#times.set(sessionId, now);
    for (const [oldest, time] of this.#times) {
      if (time >= now - KEPT_MS) break;
      this.#times.delete(oldest);
    }
  }

  /** The sessions that were active shortly before `time`, a value of `performance.now()`, or later. */
  around(time: number): string[] {
    return Array.from(this.#times).flatMap(([sessionId, at]) => (at >= time - RECENT_MS ? [sessionId] : []));
  }
}
