import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { WebSocket } from "ws";
import { createCodec } from "../../src/protocol/codec.ts";
import { defaultLimits } from "../../src/protocol/limits.ts";
import type { WelcomeFrame } from "../../src/protocol/server-frames.ts";

const codec = createCodec("cellgate.v1.msgpack", defaultLimits);

/** Some three hundred bytes, and as many in the answer. */
const cellId = "c".repeat(100);

/** How often frames are sent at a rate: a few at a time. */
const TICK_MS = 4;

/** What came of a stream. */
export interface Flow {
  /** In both directions. */
  readonly frames: number;
  readonly framesPerSecond: number;
  /** From each request to its answer. */
  readonly latencies: readonly number[];
}

/**
 * A host whose session has frames, half of them in each direction: it waits for a cell that is not there, again and again,
 * which the gateway answers at once and in order.
 */
export class FrameStream {
  readonly sessionId: string;
  readonly #socket: WebSocket;
  /** When each request was sent that is not answered. */
  #sentAt: number[] = [];
  #id = 0;
  #answered = 0;
  #latencies: number[] = [];
  #onAnswer: () => void = () => {};

  static async open({ url, token }: { url: string; token: string }): Promise<FrameStream> {
    const headers = { authorization: `Bearer ${token}` };
    const socket = new WebSocket(url, ["cellgate.v1.msgpack"], { headers, perMessageDeflate: false });
    await once(socket, "open");
    socket.send(codec.encode({ type: "hello" }));
    const [message] = (await once(socket, "message")) as [Buffer];
    return new FrameStream(socket, (codec.decode(message) as WelcomeFrame).sessionId);
  }

  constructor(socket: WebSocket, sessionId: string) {
    this.#socket = socket;
    this.sessionId = sessionId;
    socket.on("message", () => this.#receive());
  }

  /** Sends so many frames a second, those of the gateway included. */
  async atRate(framesPerSecond: number, ms: number): Promise<Flow> {
    return this.#measure(async (began) => {
      const before = this.#id;
      for (let now = began; now - began < ms; now = performance.now()) {
        const due = ((now - began) / 1_000) * (framesPerSecond / 2);
        while (this.#id - before < due) this.#send();
        await setTimeout(TICK_MS);
      }
    });
  }

  /** Sends as fast as answers come. */
  async flatOut(ms: number, inFlight = 128): Promise<Flow> {
    return this.#measure(async (began) => {
      const over = Promise.withResolvers<void>();
      this.#onAnswer = () => {
        if (performance.now() - began < ms) this.#send();
        else over.resolve();
      };
      for (let count = 0; count < inFlight; count++) this.#send();
      await over.promise;
      this.#onAnswer = () => {};
    });
  }

  close(): void {
    this.#socket.terminate();
  }

  async #measure(run: (began: number) => Promise<void>): Promise<Flow> {
    const answered = this.#answered;
    this.#latencies = [];
    const began = performance.now();
    await run(began);
    while (this.#sentAt.length > 0) await setTimeout(1);
    const seconds = (performance.now() - began) / 1_000;
    const frames = 2 * (this.#answered - answered);
    return { frames, framesPerSecond: frames / seconds, latencies: this.#latencies };
  }

  #send(): void {
    this.#id += 1;
    this.#sentAt.push(performance.now());
    this.#socket.send(codec.encode({ type: "wait", id: this.#id, cellId, ack: this.#answered }));
  }

  #receive(): void {
    this.#answered += 1;
    this.#latencies.push(performance.now() - (this.#sentAt.shift() ?? Number.NaN));
    this.#onAnswer();
  }
}
