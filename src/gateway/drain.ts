import type { DrainFrame } from "../protocol/server-frames.ts";
import type { Clock } from "../session/clock.ts";

/** The sockets close within this time of one another, so that not all clients come to another gateway at once. */
export const SPREAD_MS = 1_000;

/** Whether the gateway goes down, and how long it still takes: what clients and probes are told of it. */
export class Drain {
  readonly #clock: Clock;
  readonly #drainMs: number;
  /** By the clock. */
  #deadline: number | undefined;

  /** `drainMs` is how long running cells have from its beginning. */
  constructor(clock: Clock, drainMs: number) {
    this.#clock = clock;
    this.#drainMs = drainMs;
  }

  begin(): void {
    this.#deadline ??= this.#clock.now() + this.#drainMs;
  }

  get hasBegun(): boolean {
    return this.#deadline !== undefined;
  }

  /** Milliseconds until running cells are terminated. */
  get leftMs(): number {
    return this.#deadline === undefined ? this.#drainMs : Math.max(0, Math.ceil(this.#deadline - this.#clock.now()));
  }

  /** After how long this gateway is gone, and another may be in its place. Undefined: it is not going down. */
  get retryAfterMs(): number | undefined {
    return this.hasBegun ? this.leftMs + SPREAD_MS : undefined;
  }

  /** What a turn is told. Undefined: nothing. */
  get frame(): DrainFrame | undefined {
    const { retryAfterMs } = this;
    return retryAfterMs === undefined ? undefined : { type: "drain", deadlineMs: this.leftMs, retryAfterMs };
  }
}
