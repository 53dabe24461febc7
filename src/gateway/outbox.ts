import type { Limits } from "../protocol/limits.ts";
import type { SequencedFrame } from "../protocol/server-frames.ts";
import type { ByteBudget } from "../session/byte-budget.ts";
import type { Receipt } from "../session/waiter.ts";
import type { Channel } from "./channel.ts";
import { Receipts } from "./receipts.ts";
import { ReplayLog } from "./replay-log.ts";

/** A frame before it has its number. */
export type Unnumbered = SequencedFrame extends infer Frame
  ? Frame extends SequencedFrame
    ? Omit<Frame, "seq">
    : never
  : never;

/** What an {@link Outbox} needs. */
export interface OutboxOptions {
  readonly limits: Pick<Limits, "replayBytes" | "replayFrames" | "unackedAnswers" | "unsentBytes">;
  /** Bytes of the logs of all turns together. */
  readonly budget: ByteBudget;
  /** Encodes frames until one is attached. */
  readonly channel: Channel;
  /** The number behind which frames are counted. */
  readonly seq: number;
  /** All together keep more than they may: those that are not in use make room. */
  readonly makeRoom: () => void;
  /** A frame has its number, and is a message now. */
  readonly numbered: (frame: SequencedFrame, message: Uint8Array) => void;
  /** The client leaves more than it may, unread or unacknowledged. */
  readonly stalled: (reason: string) => void;
  /** Without a channel more came together than may be kept: {@link Outbox.drop} is due. */
  readonly overflowed: () => void;
}

/**
 * Numbers a turn's frames, writes them as the channel takes them, and keeps them until they are acknowledged: to write
 * them again on another channel, and to tell those that something depends on what became of them.
 *
 * ```
 * detached ──attach──▶ attached          drop: no frame is kept, and what is sent is lost,
 *    ▲ └───drop───▶ dropped ──attach──▶     │   until a channel is attached
 *    └─────────────detach──────────────────┘
 * ```
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #log: ReplayLog;
  readonly #receipts = new Receipts();
  /** Of frames that matter only while they can be written again, and no longer can. */
  readonly #expendable = new Receipts();
  #state: "detached" | "attached" | "dropped" = "detached";
  #channel: Channel;
  /** The last frame that was written to the channel. */
  #written: number;
  /** Bytes of the frames behind it. */
  #waitingBytes = 0;
  #onWritten: (() => void)[] = [];

  constructor(options: OutboxOptions) {
    const { limits, budget, channel, seq } = options;
    this.#options = options;
    this.#log = new ReplayLog(limits, budget, seq);
    this.#channel = channel;
    this.#written = seq;
  }

  /** The number of the latest frame. */
  get seq(): number {
    return this.#log.last;
  }

  /** The number of the latest frame that was written. */
  get written(): number {
    return this.#written;
  }

  /** Whether a frame that is sent now is written at once. */
  get takes(): boolean {
    return this.#state === "attached" && this.#written === this.#log.last && this.#channel.takes;
  }

  /**
   * Sends a frame, with those that go ahead of it. False: one of them is over the frame limits; those before it were sent,
   * and the receipt is not kept. The receipt of a `notify` is settled as taken when the log has no room for it any more.
   */
  send(frame: Unnumbered, receipt?: Receipt, ahead: readonly Unnumbered[] = []): boolean {
    this.#checkUnsent();
    if (this.#state === "dropped") {
      receipt?.lost();
      return true;
    }
    for (const part of ahead) if (!this.#push(part)) return false;
    if (!this.#push(frame, receipt)) return false;
    this.#pump();
    this.#checkBounds();
    return true;
  }

  /** All frames up to `seq` have arrived. False: there is no such frame, or it was not written yet. */
  acknowledge(seq: number): boolean {
    if (seq > this.#written) return false;
    this.#log.forget(seq);
    this.#receipts.acknowledge(seq);
    this.#expendable.acknowledge(seq);
    return true;
  }

  /** Whether all frames behind `seq` can be written again. */
  reaches(seq: number): boolean {
    return this.#state !== "dropped" && this.#log.base <= seq && seq <= this.#written;
  }

  /** Writes what is behind `seq`, which it {@link reaches}, to this channel, and from then on what is sent. */
  attach(channel: Channel, seq: number): void {
    this.#state = "attached";
    this.#channel = channel;
    this.#written = seq;
    this.#waitingBytes = this.#log.bytesBehind(seq);
    this.#pump();
    this.#checkBounds();
  }

  /** The channel is gone. */
  detach(): void {
    if (this.#state === "attached") this.#state = "detached";
    this.#checkBounds();
  }

  /** The channel takes again. */
  drained(): void {
    this.#pump();
    this.#checkBounds();
  }

  /** Calls back when everything has been written. */
  whenWritten(callback: () => void): void {
    this.#onWritten.push(callback);
    this.#pump();
  }

  /** Keeps no frame. What was written may have arrived nevertheless, and can still be acknowledged. */
  drop(): void {
    this.#state = "dropped";
    for (const { seq, receipt } of this.#log.clear()) this.#expendable.add(seq, receipt);
  }

  /**
   * Keeps nothing: what was not acknowledged is lost, the last first, so that order can be restored. What was lost takes a
   * number, which nothing but the next `welcome` tells: a client that does not get it is told of the gap again.
   */
  giveUp(): void {
    this.drop();
    this.#log.skip();
    this.#written = this.#log.last;
    this.#receipts.lose();
    this.#expendable.lose();
  }

  #push(frame: Unnumbered, receipt?: Receipt): boolean {
    const numbered = { ...frame, seq: this.#log.last + 1 };
    const message = this.#channel.encode(numbered);
    if (!message) return false;
    this.#options.numbered(numbered, message);
    const isExpendable = frame.type === "notify";
    this.#log.push(message, isExpendable ? receipt : undefined);
    this.#waitingBytes += message.length;
    if (receipt && !isExpendable) this.#receipts.add(this.#log.last, receipt);
    return true;
  }

  #pump(): void {
    while (this.#state === "attached" && this.#written < this.#log.last && this.#channel.takes) {
      this.#written += 1;
      const message = this.#log.at(this.#written);
      this.#waitingBytes -= message.length;
      this.#channel.write(message);
    }
    if (this.#state !== "attached" || this.#written < this.#log.last) return;
    for (const callback of this.#onWritten.splice(0)) callback();
  }

  /** Before a frame, not behind it: one answer of many frames may be larger than what a client may leave unread. */
  #checkUnsent(): void {
    const { unsentBytes } = this.#options.limits;
    if (this.#state !== "attached" || this.#waitingBytes + this.#channel.unsentBytes <= unsentBytes) return;
    this.#options.stalled(`more than ${unsentBytes} bytes were not taken (unsentBytes)`);
  }

  #checkBounds(): void {
    const { limits, budget, makeRoom, stalled, overflowed } = this.#options;
    if (budget.free < 0) makeRoom();
    if (this.#state === "attached") {
      this.#log.trim(this.#written);
      if (this.#receipts.count <= limits.unackedAnswers) return;
      stalled(`more than ${limits.unackedAnswers} answers are not acknowledged (unackedAnswers)`);
    } else if (this.#state === "detached" && (this.#log.isOver || this.#receipts.count > limits.unackedAnswers)) {
      overflowed();
    }
  }
}
