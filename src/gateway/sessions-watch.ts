import type { ObservedEvent } from "../protocol/observed-events.ts";
import type { Clock } from "../session/clock.ts";
import type { Observatory } from "./observatory.ts";
import type { SessionDirectory } from "./session-directory.ts";
import type { Announce, Batch, Watch } from "./watch.ts";

/** A session that changes all the time is told so often. */
const PACE_MS = 250;

/** Sessions in a frame. */
const BATCH = 200;

/** What a {@link SessionsWatch} needs. */
interface SessionsWatchOptions {
  readonly directory: SessionDirectory;
  readonly observatory: Observatory;
  readonly clock: Clock;
  readonly announce: Announce;
}

/**
 * Watches all sessions. It keeps ids and no events: what is told is how a session stands when it is told, so that nothing
 * is lost, however slowly the observer reads. Of a session that came and went meanwhile it keeps nothing.
 */
export class SessionsWatch implements Watch {
  readonly #options: SessionsWatchOptions;
  readonly #changed: Set<string>;
  /** Those of which the observer knows. */
  readonly #told = new Set<string>();
  readonly #stop: () => void;

  constructor(options: SessionsWatchOptions) {
    const { directory, observatory, announce } = options;
    this.#options = options;
    this.#changed = new Set(directory.ids);
    this.#stop = observatory.watch((sessionId) => {
      if (!this.#told.has(sessionId) && !directory.find(sessionId)) this.#changed.delete(sessionId);
      else this.#changed.add(sessionId);
      if (this.hasNews) announce(PACE_MS);
    });
  }

  readonly isOver = false;

  get hasNews(): boolean {
    return this.#changed.size > 0;
  }

  take(): Batch {
    const { directory, clock } = this.#options;
    const events: ObservedEvent[] = [];
    const atMs = clock.unixMs();
    for (const sessionId of this.#changed) {
      if (events.length >= BATCH) break;
      this.#changed.delete(sessionId);
      const session = directory.statusOf(sessionId);
      if (session) {
        this.#told.add(sessionId);
        events.push({ type: "session", atMs, session });
      } else {
        this.#told.delete(sessionId);
        events.push({ type: "session_gone", atMs, sessionId });
      }
    }
    return { dropped: 0, events };
  }

  stop(): void {
    this.#stop();
  }
}
