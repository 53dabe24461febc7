import type { Clock } from "../session/clock.ts";
import { Allowance } from "./allowance.ts";

/** One message of a client. */
export interface Incoming {
  readonly data: Buffer;
  readonly isBinary: boolean;
}

/** What an {@link Inflow} needs. */
export interface InflowOptions {
  readonly clock: Clock;
  readonly framesPerSecond: number;
  /** Of messages, and of the frames that they cause while they are taken. */
  readonly bytesPerSecond: number;
  /** Milliseconds of work on end. */
  readonly sliceMs: number;
  /** Whether the client leaves unread what it was sent before. */
  readonly isBehind: () => boolean;
  /** Calls back when others have had their turn. */
  readonly defer: (callback: () => void) => void;
  /** Stops and starts the reading of the socket. Some messages may come behind a stop. */
  readonly pause: () => void;
  readonly resume: () => void;
  readonly take: (message: Incoming) => void;
}

/** A pause at a time: what cannot wait for long, such as the answer to a call, comes through the same socket. */
const LONGEST_PAUSE_MS = 100;

/** A message that causes more than so many bytes waits for those that the client has not read. */
const LARGE_ANSWER = 64 * 1024;

/** Two messages further apart than this were not taken on end: others had their turn in between. */
const APART_MS = 1;

/** Lets a client's messages in, no faster than it may send them, and not so many on end that other clients wait. */
export class Inflow {
  readonly #options: InflowOptions;
  readonly #frames: Allowance;
  readonly #bytes: Allowance;
  readonly #queue: Incoming[] = [];
  #phase: "open" | "taking" | "paused" | "stopped" = "open";
  /** Milliseconds of work on end, up to {@link #endedAt}. */
  #spentMs = 0;
  #endedAt = 0;
  /** Bytes that the latest message caused. */
  #answered = 0;

  constructor(options: InflowOptions) {
    const { clock, framesPerSecond, bytesPerSecond } = options;
    this.#options = options;
    this.#frames = new Allowance(clock, framesPerSecond);
    this.#bytes = new Allowance(clock, bytesPerSecond);
  }

  /** A message came. */
  receive(message: Incoming): void {
    if (this.#phase === "open") this.#take(message);
    else if (this.#phase !== "stopped") this.#queue.push(message);
  }

  /** So many frames came that are no message, or not all of one: they wait for nobody, but what follows waits for them. */
  spend(frames: number): void {
    if (frames === 0) return;
    this.#frames.spend(frames);
    this.#answered = 0;
    this.#pauseIfDue();
  }

  /** A frame of so many bytes is made: it is charged to the message that is being taken, if there is one. */
  answered(bytes: number): void {
    if (this.#phase === "taking") this.#answered += bytes;
  }

  /** Nothing more comes: what waits is taken now. */
  finish(): void {
    const rest = this.#queue.splice(0);
    this.stop();
    for (const message of rest) this.#options.take(message);
  }

  /** Nothing more is taken. */
  stop(): void {
    this.#phase = "stopped";
    this.#queue.length = 0;
  }

  #take(message: Incoming): void {
    const { clock, take } = this.#options;
    const began = clock.now();
    if (began - this.#endedAt > APART_MS) this.#spentMs = 0;
    this.#phase = "taking";
    this.#answered = 0;
    try {
      take(message);
    } finally {
      // A message may be the last: what it causes can close the socket.
      if ((this.#phase as string) !== "stopped") this.#phase = "open";
    }
    this.#endedAt = clock.now();
    this.#spentMs += this.#endedAt - began;
    this.#frames.spend(1);
    this.#bytes.spend(message.data.length + this.#answered);
    this.#pauseIfDue();
  }

  #pauseIfDue(): void {
    const { clock, sliceMs, defer, pause, isBehind } = this.#options;
    if (this.#phase !== "open") return;
    const behindMs = this.#answered > LARGE_ANSWER && isBehind() ? LONGEST_PAUSE_MS : 0;
    const waitMs = Math.max(this.#frames.waitMs, this.#bytes.waitMs, behindMs);
    if (waitMs === 0 && this.#spentMs < sliceMs) return;
    this.#phase = "paused";
    pause();
    if (waitMs > 0) clock.after(Math.min(waitMs, LONGEST_PAUSE_MS), () => this.#goOn());
    else defer(() => this.#goOn());
  }

  #goOn(): void {
    if (this.#phase !== "paused") return;
    this.#phase = "open";
    this.#spentMs = 0;
    for (;;) {
      const message = this.#queue.shift();
      if (!message) return this.#options.resume();
      this.#take(message);
      if ((this.#phase as string) !== "open") return;
    }
  }
}
