import type { ValueLimits } from "../src/protocol/guard.ts";
import { isKnownEvent } from "../src/protocol/observed-checks.ts";
import type { ObservedFrame, WatchFrame } from "../src/protocol/observer-frames.ts";
import { toldEvent, type ToldEvent } from "./observed.ts";

/** A watch that the gateway was asked for. */
interface Entry {
  readonly frame: WatchFrame;
  readonly listener: (event: ToldEvent) => void;
  /** Whether the gateway has begun to watch, on the connection that there is or that was lost. */
  isStarted: boolean;
}

/** The watches of an observation, by the ids under which they were asked for. They outlive its connections. */
export class Watches {
  readonly #entries = new Map<number, Entry>();

  /** `listener` hears what the watch is told. It must not throw. */
  add(frame: WatchFrame, listener: Entry["listener"]): void {
    this.#entries.set(frame.id, { frame, listener, isStarted: false });
  }

  /** The gateway has begun to watch. */
  started(watchId: number): void {
    const entry = this.#entries.get(watchId);
    if (entry) entry.isStarted = true;
  }

  /** Returns whether there was such a watch. */
  remove(watchId: number): boolean {
    return this.#entries.delete(watchId);
  }

  /** What the gateway has seen. */
  observed({ watchId, dropped, events }: ObservedFrame, limits: ValueLimits): void {
    const tell = (event: ToldEvent) => this.#entries.get(watchId)?.listener(event);
    if (dropped > 0) tell({ type: "gap", dropped });
    for (const event of events) {
      if (isKnownEvent(event)) tell(toldEvent(event, limits));
      const isLast = event.type === "session_gone" && this.#entries.get(watchId)?.frame.topic === "session";
      if (isLast) this.#entries.delete(watchId);
    }
  }

  /** On another connection: tells those of the gap that had begun, and returns the frames that ask for them again. */
  restart(): WatchFrame[] {
    const begun = Array.from(this.#entries.values()).filter(({ isStarted }) => isStarted);
    for (const entry of begun) {
      entry.isStarted = false;
      entry.listener({ type: "gap" });
    }
    // A listener may have stopped its watch.
    return begun.filter(({ frame }) => this.#entries.has(frame.id)).map(({ frame }) => frame);
  }

  /** The session of a watch went while there was no connection: it hears so, and no more. */
  gone({ id, sessionId }: WatchFrame, atMs: number): void {
    const entry = this.#entries.get(id);
    this.#entries.delete(id);
    if (sessionId !== undefined) entry?.listener({ type: "session_gone", sessionId, atMs });
  }

  clear(): void {
    this.#entries.clear();
  }
}
