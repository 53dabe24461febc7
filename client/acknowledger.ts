import { after, type CancelTimer } from "./timer.ts";

/** Long enough for an answer to carry the `ack`, short enough for the gateway not to hold on to what arrived. */
const delayMs = 10;
const mostFrames = 256;
const mostBytes = 1024 * 1024;

/**
 * Knows up to where the gateway's frames were received and acknowledged (rule C6). Whatever frame goes out next carries
 * what is {@link due}; if none does within 10 ms, or 256 frames or 1 MiB are due, `sendAck` is asked for one of its own.
 */
export class Acknowledger {
  readonly #sendAck: (seq: number) => void;
  #received = 0;
  #acknowledged = 0;
  #frames = 0;
  #bytes = 0;
  #cancelTimer: CancelTimer | undefined;

  /** `sendAck` sends an `ack` frame and reports it by {@link sent}. */
  constructor(sendAck: (seq: number) => void) {
    this.#sendAck = sendAck;
  }

  /** The `ack` that a frame should carry now, if any. */
  get due(): number | undefined {
    return this.#received > this.#acknowledged ? this.#received : undefined;
  }

  /** The highest `seq` that was received. */
  get lastSeq(): number {
    return this.#received;
  }

  /** A frame came. False: it did before, or was given up. */
  received(seq: number, bytes: number): boolean {
    if (seq <= this.#received) return false;
    this.#received = seq;
    this.#frames += 1;
    this.#bytes += bytes;
    if (this.#frames >= mostFrames || this.#bytes >= mostBytes) this.flush();
    else this.#cancelTimer ??= after(delayMs, () => this.flush());
    return true;
  }

  /** The gateway knows that everything up to `seq` came, and sends none of it again. */
  restart(seq: number): void {
    this.#received = seq;
    this.sent(seq);
  }

  /** A frame with this `ack` is on its way. */
  sent(ack: number): void {
    this.#acknowledged = ack;
    this.stop();
  }

  /** Acknowledges what is due in a frame of its own. */
  flush(): void {
    const { due } = this;
    if (due !== undefined) this.#sendAck(due);
  }

  /** Forgets the timer. */
  stop(): void {
    this.#frames = 0;
    this.#bytes = 0;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }
}
