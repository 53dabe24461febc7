import { UnsentError } from "./errors.ts";

const mostFrames = 10_000;

/** The room for what waits for a connection: bytes as the option says, and 10,000 frames. */
export class QueueRoom {
  readonly #maxBytes: number;
  #bytes = 0;
  #frames = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Takes room for a request. Throws an {@link UnsentError} where there is none. */
  take(bytes: number): void {
    if (this.#frames >= mostFrames || this.#bytes + bytes > this.#maxBytes) {
      const room = `${this.#maxBytes} bytes and ${mostFrames} frames`;
      const message = `there is no connection, and no room to wait for one: expected at most ${room} (maxQueuedBytes)`;
      throw new UnsentError(message, "queue_full");
    }
    this.add(bytes);
  }

  /** Takes room for what must not be refused. */
  add(bytes: number): void {
    this.#bytes += bytes;
    this.#frames += 1;
  }

  /** Something does not wait any more. */
  release(bytes: number): void {
    this.#bytes -= bytes;
    this.#frames -= 1;
  }

  /** Everything was sent. */
  clear(): void {
    this.#bytes = 0;
    this.#frames = 0;
  }
}
