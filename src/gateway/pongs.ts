/** Pongs that may be on their way at once. */
const AT_ONCE = 32;

/**
 * Answers pings. One that comes while many answers are on their way is answered when they have gone, and only the latest
 * of those is (RFC 6455, section 5.5.2): a client that pings and does not read cannot fill the gateway's memory.
 */
export class Pongs {
  readonly #send: (payload: Buffer, sent: () => void) => void;
  #unsent = 0;
  #latest: Buffer | undefined;

  /** `send` calls back when the system has the pong. */
  constructor(send: (payload: Buffer, sent: () => void) => void) {
    this.#send = send;
  }

  /** A ping came. */
  answer(payload: Buffer): void {
    if (this.#unsent >= AT_ONCE) {
      // A copy: the payload is a piece of a buffer that is far larger.
      this.#latest = Buffer.from(payload);
      return;
    }
    this.#unsent += 1;
    this.#send(payload, () => this.#sent());
  }

  #sent(): void {
    this.#unsent -= 1;
    const latest = this.#latest;
    this.#latest = undefined;
    if (latest) this.answer(latest);
  }
}
