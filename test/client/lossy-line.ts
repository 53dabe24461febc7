import type { Channel, ChannelListener } from "../../client/channel.ts";
import { closureOf } from "../../client/closure.ts";
import { hostVocabulary } from "../../client/vocabulary.ts";
import type { Dialer } from "../../client/dialer.ts";
import { shakeHands, type Takeover } from "../../client/handshake.ts";
import type { ClientFrame, HelloFrame } from "../../src/protocol/client-frames.ts";
import type { MemoryClient, MemoryGateway } from "../gateway/memory-gateway.ts";

/** A connection to a gateway in memory on which frames are under way until a test moves them, or cuts it. */
export class LossyLine implements Channel {
  readonly #client: MemoryClient;
  #listener: ChannelListener | undefined;
  readonly #up: ClientFrame[] = [];
  #taken = 0;
  #isOpen = true;

  constructor(gateway: MemoryGateway) {
    this.#client = gateway.connect();
  }

  /** Frames under way, in both directions. */
  get underWay(): number {
    return this.#isOpen ? this.#up.length + this.#client.channel.sent.length - this.#taken : 0;
  }

  listen(listener: ChannelListener): void {
    this.#listener = listener;
  }

  send(frame: ClientFrame): number {
    const text = JSON.stringify(frame);
    if (this.#isOpen) this.#up.push(JSON.parse(text) as ClientFrame);
    return text.length;
  }

  measure(frame: ClientFrame): number {
    return JSON.stringify(frame).length;
  }

  close(code: number, reason: string): void {
    if (!this.#isOpen) return;
    this.moveUp(Infinity);
    queueMicrotask(() => this.#end(code, reason));
  }

  /** Up to so many of the client's frames arrive. */
  moveUp(frames: number): void {
    for (const frame of this.#up.splice(0, frames)) if (this.#isOpen) this.#client.send(frame);
  }

  /** Up to so many of the gateway's frames arrive. */
  moveDown(frames: number): void {
    const { sent, closing } = this.#client.channel;
    for (let moved = 0; moved < frames && this.#isOpen; moved++) {
      const frame = sent[this.#taken];
      if (!frame) break;
      this.#taken += 1;
      this.#listener?.frame(frame, 100);
    }
    if (closing && this.#taken === sent.length) this.#end(closing.code, closing.reason);
  }

  /** What is under way is lost. */
  cut(): void {
    this.#end(1006, "");
  }

  open(): void {
    this.#listener?.opened();
  }

  #end(code: number, reason: string): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#client.cut();
    this.#listener?.closed(closureOf(code, reason));
  }
}

/** Connects to a gateway in memory. */
export class LossyDialer implements Pick<Dialer, "dial" | "renewsToken"> {
  readonly renewsToken = false;
  readonly #gateway: MemoryGateway;
  /** The latest line. */
  line: LossyLine | undefined;
  dials = 0;

  constructor(gateway: MemoryGateway) {
    this.#gateway = gateway;
  }

  dial<T>(hello: HelloFrame, take: Takeover<T>): Promise<T> {
    const line = new LossyLine(this.#gateway);
    this.line = line;
    this.dials += 1;
    const taken = shakeHands(line, hostVocabulary, hello, take, "memory");
    line.open();
    return taken;
  }
}
