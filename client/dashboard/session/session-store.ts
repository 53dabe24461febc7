import { effect, signal } from "@preact/signals";
import { route } from "../address.ts";
import { gatewayNow } from "../clock.ts";
import { observation } from "../link.ts";
import { SessionModel } from "../model/session-model.ts";
import { traceText } from "../model/trace-frames.ts";
import { Refresh } from "../refresh.ts";
import type { SessionSource } from "./source.ts";

/** Larger frames are shown without their bytes. */
const FRAME_BYTES = 1024 * 1024;

/** After events were dropped: others may be on their way. */
const CATCH_UP_MS = 1_000;

/** A session that is watched, from when it was first looked at. */
export class SessionStore implements SessionSource {
  readonly model: SessionModel;
  /** Why it cannot be watched; empty: it can. */
  readonly problem = signal("");
  readonly #refresh = new Refresh();
  readonly #stop: () => void;
  #catchingUp: ReturnType<typeof setTimeout> | undefined;

  constructor(sessionId: string) {
    this.model = new SessionModel(sessionId);
    this.#stop = effect(() => {
      const observed = observation.value;
      if (!observed) return undefined;
      const watch = observed.watchSession(sessionId, { frames: true, frameBytes: FRAME_BYTES }, (event) => {
        if (event.type === "gap") this.#gap(event.dropped);
        else this.model.hear(event);
        this.#refresh.changed();
      });
      watch.started.catch((error: unknown) => {
        this.problem.value = (error as Error).message;
      });
      return () => watch.stop();
    });
  }

  get version(): SessionSource["version"] {
    return this.#refresh.version;
  }

  get isLive(): boolean {
    return !this.model.isGone;
  }

  nowMs(): number {
    return this.isLive ? gatewayNow() : this.model.latestAtMs;
  }

  traceText(): Iterable<string> {
    return traceText(this.model.sessionId, this.model.frames);
  }

  close(): void {
    clearTimeout(this.#catchingUp);
    this.#stop();
  }

  /** Where events were dropped it is asked how the cells stand, since nobody says it again. */
  #gap(dropped: number | undefined): void {
    this.model.hear({ type: "gap", atMs: gatewayNow(), dropped });
    if (dropped === undefined) return;
    this.#catchingUp ??= setTimeout(() => {
      this.#catchingUp = undefined;
      observation
        .peek()
        ?.listCells(this.model.sessionId)
        .then(
          (cells) => {
            this.model.catchUp(cells, gatewayNow());
            this.#refresh.changed();
          },
          () => {}, // the connection is lost: when it is there again a snapshot says it
        );
    }, CATCH_UP_MS);
  }
}

/**
 * The session that the address names. It is watched until another one is looked at, so that nothing is missed while the
 * page shows something else.
 */
export const watchedSession = signal<SessionStore | undefined>(undefined);

effect(() => {
  const { view, sessionId } = route.value;
  const current = watchedSession.peek();
  if (view !== "session" || sessionId === undefined || current?.model.sessionId === sessionId) return;
  current?.close();
  watchedSession.value = new SessionStore(sessionId);
});
