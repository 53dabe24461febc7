import type { Limits } from "../protocol/limits.ts";

/** The room that the watches of one observer share for events that it has not read. */
export class EventRoom {
  #events: number;
  #bytes: number;

  constructor({ observedEvents, observedBytes }: Pick<Limits, "observedEvents" | "observedBytes">) {
    this.#events = observedEvents;
    this.#bytes = observedBytes;
  }

  /** Takes room for an event. False: there is none. */
  take(bytes: number): boolean {
    if (this.#events < 1 || this.#bytes < bytes) return false;
    this.#events -= 1;
    this.#bytes -= bytes;
    return true;
  }

  give(bytes: number): void {
    this.#events += 1;
    this.#bytes += bytes;
  }
}
