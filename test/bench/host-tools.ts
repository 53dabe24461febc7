import { once, EventEmitter } from "node:events";
import { setTimeout as delay } from "node:timers/promises";

/** The tools that every subject's cells call, and the count of what has reached the host. */
export class HostTools {
  #parked = 0;
  #notified = 0;
  readonly #arrival = new EventEmitter();

  /** Answers at once with what it was given. */
  readonly echo = (input: unknown): unknown => input;

  /** Answers after 20 ms. */
  readonly nap = async (input: unknown): Promise<unknown> => {
    await delay(20);
    return input;
  };

  /** Never answers: its cell is parked. */
  readonly park = (): Promise<unknown> => {
    this.#parked++;
    this.#arrival.emit("parked");
    return new Promise(() => {});
  };

  readonly notify = (): void => {
    this.#notified++;
    this.#arrival.emit("notified");
  };

  /** By the names in sources. */
  answer(tool: string, input: unknown): unknown {
    if (tool === "nap") return this.nap(input);
    if (tool === "park") return this.park();
    return this.echo(input);
  }

  /** Resolves when `count` more cells are parked than at the call. */
  async parked(count: number): Promise<void> {
    const until = this.#parked + count;
    while (this.#parked < until) await once(this.#arrival, "parked");
  }

  /** Resolves when `count` more notifications have come than at the call. */
  async notified(count: number): Promise<void> {
    const until = this.#notified + count;
    while (this.#notified < until) await once(this.#arrival, "notified");
  }
}
