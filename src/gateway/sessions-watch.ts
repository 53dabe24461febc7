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
 * is lost, however slowly the observer reads.
 */
export class SessionsWatch implements Watch {
  readonly #options: SessionsWatchOptions;
  readonly #changed: Set<string>;
  readonly #stop: () => void;

  constructor(options: SessionsWatchOptions) {
    const { directory, observatory, announce } = options;
    this.#options = options;
    this.#changed = new Set(directory.ids);
    this.#stop = observatory.watch((sessionId) => {
      this.#changed.add(sessionId);
      announce(PACE_MS);
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
      events.push(session ? { type: "session", atMs, session } : { type: "session_gone", atMs, sessionId });
    }
    return { dropped: 0, events };
  }

  stop(): void {
    this.#stop();
  }
}
