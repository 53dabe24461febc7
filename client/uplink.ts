import type { ClientFrame } from "../src/protocol/client-frames.ts";
import type { WelcomeFrame } from "../src/protocol/server-frames.ts";
import { Acknowledger } from "./acknowledger.ts";
import type { Channel } from "./channel.ts";

/** What is known of a frame that was sent. */
export interface Sent {
  /** Counts the turn's frames as the gateway does: it has taken this one when its `received` says so much. */
  readonly number: number;
  readonly size: number;
}

/** A frame that may have to be sent again. */
export interface Kept {
  readonly frame: ClientFrame;
  /** How it was sent last. Absent: it waits for a connection. */
  sent: Sent | undefined;
}

/** The way out of a turn, over one channel after the other: it counts frames in both directions and acknowledges. */
export class Uplink {
  readonly #acknowledger = new Acknowledger((seq) => this.#sendAck(seq));
  #channel: Channel;
  #isOpen = false;
  #sent = 0;

  /** `welcome` is what `channel` has just brought. */
  constructor(channel: Channel, welcome: WelcomeFrame) {
    this.#channel = channel;
    this.attach(channel, welcome);
  }

  /** Whether there is a connection. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** The highest `seq` that was received. */
  get lastSeq(): number {
    return this.#acknowledger.lastSeq;
  }

  /** Goes on over this channel, from where its `welcome` says that the two ends are. */
  attach(channel: Channel, { seq, received }: WelcomeFrame): void {
    this.#channel = channel;
    this.#isOpen = true;
    this.#sent = received;
    this.#acknowledger.restart(seq);
  }

  /** The channel is lost. */
  lose(): void {
    this.#isOpen = false;
    this.#acknowledger.stop();
  }

  /** Sends a frame, and the acknowledgement that is due with it. Throws a `CodecError`; then nothing was sent. */
  send(frame: ClientFrame): Sent {
    const ack = this.#acknowledger.due;
    const size = this.#channel.send(ack === undefined ? frame : { ...frame, ack });
    if (ack !== undefined) this.#acknowledger.sent(ack);
    this.#sent += 1;
    return { number: this.#sent, size };
  }

  /** What `send` would send. Throws as it does. */
  measure(frame: ClientFrame): number {
    return this.#channel.measure(frame);
  }

  /** A frame came. False: it did before. */
  received(seq: number, size: number): boolean {
    return this.#acknowledger.received(seq, size);
  }

  /** Acknowledges what arrived, and closes the channel. */
  close(code: number, reason: string): void {
    this.#acknowledger.flush();
    this.#channel.close(code, reason);
  }

  #sendAck(seq: number): void {
    this.#channel.send({ type: "ack", seq });
    this.#sent += 1;
    this.#acknowledger.sent(seq);
  }
}
