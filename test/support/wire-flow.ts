import type { Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import { type WireMessage, WireReader } from "./wire-reader.ts";

/** How fast one direction is. */
export interface Pace {
  /** Milliseconds that everything takes. */
  delayMs: number;
  bytesPerSecond: number;
}

/** Where in a message something happens: nothing of it has gone on, half of it has, or all. */
export type Place = "before" | "middle" | "after";

/** What happens at a message. */
export interface Strike {
  readonly where: Place;
  readonly strike: () => void;
}

/** What a {@link WireFlow} needs. */
export interface WireFlowOptions {
  readonly source: Socket;
  readonly sink: Socket;
  readonly pace: Pace;
  /** Whether something waits for a message: then none goes on before it is whole. */
  readonly isWatched: () => boolean;
  /** What is to happen at this message. */
  readonly strikesAt: (message: WireMessage) => readonly Strike[];
}

/** Bytes that go on, or something that happens. */
interface Step {
  readonly dueAt: number;
  readonly bytes: Buffer;
  readonly act: (() => void) | undefined;
}

/** Bytes that may wait here before the source is no longer read. */
const HIGH_WATER = 256 * 1024;
const SLICES_PER_SECOND = 50;
/** Timers are late: a line that was held up by them catches up on so much. */
const LATE_MS = 50;
const nothing = Buffer.alloc(0);

/** What one end of a connection says to the other, in order, and what happens to it on the way. */
export class WireFlow {
  readonly #options: WireFlowOptions;
  readonly #reader = new WireReader();
  #steps: Step[] = [];
  #waitingBytes = 0;
  /** Of the message under way: bytes that have gone on, and whether some were held back. */
  #goneBytes = 0;
  #isHolding = false;
  #isMoving = false;
  /** When a slow line has passed on what it was given. */
  #busyUntil = 0;
  #wake = () => {};
  #phase: "open" | "swallowing" | "closed" = "open";

  constructor(options: WireFlowOptions) {
    const { source, sink } = options;
    this.#options = options;
    sink.on("drain", () => this.#wake()).once("close", () => this.#wake());
    source.on("data", (chunk: Buffer) => this.#take(chunk));
    source.once("end", () => this.#end()).once("close", () => this.#end());
    // What is written behind a cut fails.
    source.on("error", () => {});
  }

  /** Nothing goes on any more, and neither end is told. */
  swallow(): void {
    if (this.#phase === "open") this.#phase = "swallowing";
  }

  /** Nothing is looked at any more. */
  close(): void {
    this.#phase = "closed";
  }

  get #isClosed(): boolean {
    return this.#phase === "closed";
  }

  #take(chunk: Buffer): void {
    if (this.#isClosed) return;
    for (const { bytes, message } of this.#reader.take(chunk)) {
      if (message) this.#pass(message);
      else if (this.#isHolding || this.#options.isWatched()) this.#isHolding = true;
      else {
        this.#goneBytes += bytes.length;
        this.#add(bytes);
      }
      void this.#move();
      if (this.#isClosed) return;
    }
  }

  #pass(message: WireMessage): void {
    const strikes = this.#options.isWatched() ? this.#options.strikesAt(message) : [];
    const bytes = message.isControl ? message.bytes : message.bytes.subarray(this.#goneBytes);
    if (!message.isControl) {
      this.#goneBytes = 0;
      this.#isHolding = false;
    }
    const strikeAt = (place: Place) => {
      for (const { where, strike } of strikes) if (where === place) this.#add(nothing, strike);
    };
    const middle = strikes.some(({ where }) => where === "middle") ? bytes.length >> 1 : 0;
    strikeAt("before");
    this.#add(bytes.subarray(0, middle));
    strikeAt("middle");
    this.#add(bytes.subarray(middle));
    strikeAt("after");
  }

  #end(): void {
    this.#add(nothing, () => {
      if (this.#phase === "open") this.#options.sink.end();
    });
    void this.#move();
  }

  #add(bytes: Buffer, act?: () => void): void {
    this.#steps.push({ dueAt: performance.now() + this.#options.pace.delayMs, bytes, act });
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes > HIGH_WATER) this.#options.source.pause();
  }

  /** Takes all steps that are there; without a pace, and with a sink that takes what it is given, at once. */
  async #move(): Promise<void> {
    if (this.#isMoving) return;
    this.#isMoving = true;
    for (let step; !this.#isClosed && (step = this.#steps.shift());) {
      const waitMs = step.dueAt - performance.now();
      if (waitMs > 0) await setTimeout(waitMs);
      step.act?.();
      this.#waitingBytes -= step.bytes.length;
      const written = this.#write(step.bytes);
      if (written) await written;
    }
    this.#isMoving = false;
    this.#options.source.resume();
  }

  /** Undefined: it is done. */
  #write(bytes: Buffer): Promise<void> | undefined {
    const { sink, pace } = this.#options;
    if (this.#phase !== "open" || bytes.length === 0) return undefined;
    if (pace.bytesPerSecond < Infinity) return this.#writeSlowly(bytes, pace.bytesPerSecond);
    if (sink.write(bytes) || sink.destroyed) return undefined;
    return this.#drained();
  }

  /** The sink takes more, or is gone. */
  #drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  async #writeSlowly(bytes: Buffer, bytesPerSecond: number): Promise<void> {
    const sliceBytes = Math.ceil(bytesPerSecond / SLICES_PER_SECOND);
    const { sink } = this.#options;
    for (let at = 0; at < bytes.length && this.#phase === "open"; at += sliceBytes) {
      const slice = bytes.subarray(at, at + sliceBytes);
      sink.write(slice);
      const now = performance.now();
      this.#busyUntil = Math.max(this.#busyUntil, now - LATE_MS) + (slice.length / bytesPerSecond) * 1_000;
      await setTimeout(Math.max(0, this.#busyUntil - now));
      // Who does not read holds up a slow line as well.
      if (sink.writableNeedDrain && !sink.destroyed) await this.#drained();
    }
  }
}
