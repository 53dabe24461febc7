import type { SequencedFrame } from "../protocol/server-frames.ts";
import type { Receipt } from "../session/waiter.ts";
import type { Channel } from "./channel.ts";

/** A frame before it has its number. */
export type Unnumbered = SequencedFrame extends infer Frame
  ? Frame extends SequencedFrame
    ? Omit<Frame, "seq">
    : never
  : never;

interface Unacknowledged {
  readonly seq: number;
  readonly receipt: Receipt;
}

/** Numbers a turn's frames, and keeps the receipts of those that something depends on until they are acknowledged. */
export class Outbox {
  readonly #channel: Channel;
  readonly #maxUnacknowledged: number;
  /** In the order of their numbers; those before `#first` are settled. */
  #unacknowledged: Unacknowledged[] = [];
  #first = 0;
  #seq = 0;

  constructor(channel: Channel, maxUnacknowledged: number) {
    this.#channel = channel;
    this.#maxUnacknowledged = maxUnacknowledged;
  }

  /** The number of the latest frame; 0: there was none. */
  get seq(): number {
    return this.#seq;
  }

  /** Sends a frame. False: it is over the frame limits and was not sent. */
  send(frame: Unnumbered, receipt?: Receipt): boolean {
    const sent = this.#channel.send({ ...frame, seq: this.#seq + 1 });
    if (!sent) return false;
    this.#seq += 1;
    if (receipt) this.#unacknowledged.push({ seq: this.#seq, receipt });
    if (this.#unacknowledged.length - this.#first > this.#maxUnacknowledged) {
      this.#channel.close(4431, `more than ${this.#maxUnacknowledged} answers are not acknowledged (unackedAnswers)`);
    }
    return true;
  }

  /** All frames up to `seq` have arrived. False: there is no such frame yet. */
  acknowledge(seq: number): boolean {
    if (seq > this.#seq) return false;
    for (;;) {
      const next = this.#unacknowledged[this.#first];
      if (!next || next.seq > seq) break;
      this.#first += 1;
      next.receipt.taken();
    }
    if (this.#first * 2 > this.#unacknowledged.length) {
      this.#unacknowledged = this.#unacknowledged.slice(this.#first);
      this.#first = 0;
    }
    return true;
  }

  /** The turn is over: what was not acknowledged is taken as lost, the last first, so that order can be restored. */
  abandon(): void {
    const lost = this.#unacknowledged.slice(this.#first);
    this.#unacknowledged = [];
    this.#first = 0;
    for (const { receipt } of lost.toReversed()) receipt.lost();
  }
}
