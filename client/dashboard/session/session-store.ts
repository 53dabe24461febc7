import { effect, type ReadonlySignal, signal } from "@preact/signals";
import type { Observation, SessionStatus, Watch, WatchedEvent } from "../../index.ts";
import { SessionModel } from "../model/session-model.ts";
import { traceText } from "../model/trace-frames.ts";
import { Refresh } from "../refresh.ts";
import type { SessionSource } from "./source.ts";

/** Larger frames are shown without their bytes. */
const FRAME_BYTES = 1024 * 1024;

/** After events were dropped: others may be on their way. */
const CATCH_UP_MS = 1_000;

/** The gateway, as far as watching a session needs it. */
export interface WatchedGateway {
  /** What watches, connected or not; undefined where nothing does. */
  readonly observation: ReadonlySignal<Pick<Observation, "watchSession" | "listCells"> | undefined>;
  /** The gateway's clock. */
  nowMs(): number;
}

/** A session that is watched, from when it was first looked at. */
export class SessionStore implements SessionSource {
  readonly model: SessionModel;
  /** Why it cannot be watched; empty: it can. */
  readonly problem = signal("");
  readonly #refresh = new Refresh();
  readonly #gateway: WatchedGateway;
  readonly #stop: () => void;
  #catchingUp: ReturnType<typeof setTimeout> | undefined;

  constructor(sessionId: string, gateway: WatchedGateway) {
    this.model = new SessionModel(sessionId);
    this.#gateway = gateway;
    this.#stop = effect(() => {
      this.problem.value = "";
      const observed = gateway.observation.value;
      if (!observed) return undefined;
      const shown = { frames: true, frameBytes: FRAME_BYTES };
      return this.#follow(observed.watchSession(sessionId, shown, (event) => this.#hear(event)));
    });
  }

  get version(): SessionSource["version"] {
    return this.#refresh.version;
  }

  get isLive(): boolean {
    return !this.model.isGone;
  }

  nowMs(): number {
    return this.isLive ? this.#gateway.nowMs() : this.model.latestAtMs;
  }

  traceText(): Iterable<string> {
    return traceText(this.model.sessionId, this.model.frames);
  }

  close(): void {
    clearTimeout(this.#catchingUp);
    this.#stop();
  }

  /** It stands like this now. */
  stands(status: SessionStatus): void {
    this.model.stands(status);
    this.#refresh.changed();
  }

  #hear(event: WatchedEvent): void {
    if (event.type === "gap") this.#gap(event.dropped);
    else this.model.hear(event);
    this.#refresh.changed();
  }

  /** Hears why a watch cannot begin, until it is given up for another. */
  #follow(watch: Watch): () => void {
    let isFollowed = true;
    watch.started.catch((error: unknown) => {
      if (isFollowed) this.problem.value = (error as Error).message;
    });
    return () => {
      isFollowed = false;
      watch.stop();
    };
  }

  /** Where events were dropped it is asked how the cells stand, since nobody says it again. */
  #gap(dropped: number | undefined): void {
    this.model.hear({ type: "gap", atMs: this.#gateway.nowMs(), dropped });
    if (dropped === undefined) return;
    this.#catchingUp ??= setTimeout(() => {
      this.#catchingUp = undefined;
      this.#gateway.observation
        .peek()
        ?.listCells(this.model.sessionId)
        .then(
          (cells) => {
            this.model.catchUp(cells, this.#gateway.nowMs());
            this.#refresh.changed();
          },
          () => {}, // the connection is lost: when it is there again a snapshot says it
        );
    }, CATCH_UP_MS);
  }
}
