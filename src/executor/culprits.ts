import { RetryDelay } from "./retry-delay.ts";

/** Sessions that are remembered; past it the one is forgotten that was blamed, or asked for, longest ago. */
const REMEMBERED = 4_096;

/** So many deaths with a session among several suspects make it the culprit. */
const MARKS = 2;

/** A culprit whose process lived for so long gets its next one at once again. */
const CALM_MS = 60_000;

interface Suspect {
  marks: number;
  /** Set for a culprit, of whose later processes it counts the deaths. */
  delay: RetryDelay | undefined;
  blamedAt: number;
  /** When its next process may start: a value of `performance.now()`. */
  startsAt: number;
}

/**
 * The sessions that cost a process: their cells run in one of their own from then on (rule B6). Where a process dies and
 * it is not known by whose code, each suspect is marked, and a second mark counts like a proof.
 */
export class Culprits {
  /** The one that was blamed or asked for last comes last. */
  readonly #suspects = new Map<string, Suspect>();

  /** A process died by the code of one of these sessions. */
  blame(sessionIds: readonly string[]): void {
    for (const sessionId of sessionIds) {
      const suspect = this.#find(sessionId) ?? { marks: 0, delay: undefined, blamedAt: 0, startsAt: 0 };
      this.#remember(sessionId, suspect);
      suspect.marks += 1;
      if (sessionIds.length === 1 || suspect.marks >= MARKS) convict(suspect);
    }
  }

  has(sessionId: string): boolean {
    return this.#find(sessionId)?.delay !== undefined;
  }

  /** Milliseconds until the session's next process may start. */
  waitMs(sessionId: string): number {
    const { startsAt = 0 } = this.#find(sessionId) ?? {};
    return Math.max(0, startsAt - performance.now());
  }

  #find(sessionId: string): Suspect | undefined {
    const suspect = this.#suspects.get(sessionId);
    if (suspect) this.#remember(sessionId, suspect);
    return suspect;
  }

  #remember(sessionId: string, suspect: Suspect): void {
    this.#suspects.delete(sessionId);
    this.#suspects.set(sessionId, suspect);
    const [oldest] = this.#suspects.keys();
    if (this.#suspects.size > REMEMBERED && oldest !== undefined) this.#suspects.delete(oldest);
  }
}

/** The first time it costs nothing but the place among the others; a process that it kills then is replaced later. */
function convict(suspect: Suspect): void {
  const now = performance.now();
  if (!suspect.delay) suspect.delay = new RetryDelay();
  else {
    if (now - suspect.blamedAt > CALM_MS) suspect.delay.reset();
    suspect.startsAt = now + suspect.delay.next();
  }
  suspect.blamedAt = now;
}
