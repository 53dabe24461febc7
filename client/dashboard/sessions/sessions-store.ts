import { effect } from "@preact/signals";
import type { SessionStatus } from "../../index.ts";
import { observation } from "../link.ts";
import { Refresh } from "../refresh.ts";

/** All sessions of the gateway as they are now. */
class SessionsStore {
  readonly byId = new Map<string, SessionStatus>();
  /** Whether the gateway has told of them yet. */
  isLoaded = false;
  /** Hears how each session stands whenever that is told. */
  onStatus: (status: SessionStatus) => void = () => {};
  readonly #refresh = new Refresh();

  constructor() {
    effect(() => {
      const observed = observation.value;
      this.#clear(false);
      const watch = observed?.watchSessions((event) => {
        if (event.type === "gap") return this.#clear(true);
        if (event.type === "session") {
          this.byId.set(event.session.sessionId, event.session);
          this.onStatus(event.session);
        } else this.byId.delete(event.sessionId);
        this.#refresh.changed();
      });
      // The first events tell of all that there are; where none come, there are none.
      void watch?.started.then(
        () => this.#loaded(),
        () => {},
      );
      return () => watch?.stop();
    });
  }

  get version(): Refresh["version"] {
    return this.#refresh.version;
  }

  #clear(isLoaded: boolean): void {
    this.byId.clear();
    this.isLoaded = isLoaded;
    this.#refresh.changed();
  }

  #loaded(): void {
    this.isLoaded = true;
    this.#refresh.changed();
  }
}

export const sessions = new SessionsStore();
