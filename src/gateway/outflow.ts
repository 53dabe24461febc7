import type { Clock } from "../session/clock.ts";
import { Patience } from "./patience.ts";

/** What an {@link Outflow} writes to: the part of a WebSocket that sends. */
export interface Sink {
  /** Bytes that the system has not taken yet. */
  readonly bufferedAmount: number;
  /** Changes with each byte that the system takes, where that can be seen; else only `taken` tells. */
  readonly queuedBytes: number | undefined;
  /** Sends a message, or a fragment of one; `taken` is called when the system has it. */
  send(data: Uint8Array, options: { binary: boolean; fin: boolean }, taken: () => void): void;
}

/** What an {@link Outflow} needs. */
export interface OutflowOptions {
  readonly sink: Sink;
  readonly binary: boolean;
  readonly clock: Clock;
  /** Unsent bytes from which on it takes no more. */
  readonly heldBackBytes: number;
  /** Milliseconds without progress after which it is stalled. */
  readonly stalledMs: number;
  /** After a time in which it did not, it takes again. */
  readonly drained: () => void;
  /** The other end reads: bytes that had to wait got on their way. */
  readonly progressed: () => void;
  /** The other end has read nothing for `stalledMs`, though there was something to read. */
  readonly stalled: () => void;
}

/**
 * Bytes of a fragment, and the system is given two at once. On a slow line they are small, so that its progress shows; each
 * one that is taken quickly doubles the next, since on a fast line every fragment costs both ends some 50 µs.
 */
const FRAGMENT = 64 * 1024;
const LARGEST_FRAGMENT = 1024 * 1024;
const QUICK_MS = 5;
const SLOW_MS = 100;

/** How often it is looked for progress, in the time in which there has to be some. */
const LOOKS = 4;

/** Messages on their way out of a socket, in order. */
export class Outflow {
  readonly #options: OutflowOptions;
  readonly #patience: Patience;
  /** Those before `#first` are gone. */
  #messages: Uint8Array[] = [];
  #first = 0;
  /** Bytes of the first that were sent. */
  #offset = 0;
  #waitingBytes = 0;
  /** Bytes of the fragments that the system was given and has not taken. */
  #sentBytes = 0;
  #fragment = FRAGMENT;
  #isFull = false;
  /** Of the sink, when something was last seen to move. */
  #queuedBytes: number | undefined;
  /** How often it was looked since, and nothing had. */
  #looks = 0;
  #onEmpty: (() => void) | undefined;

  constructor(options: OutflowOptions) {
    this.#options = options;
    const { clock, stalledMs } = options;
    this.#patience = new Patience({ clock, limitMs: stalledMs / LOOKS, exhausted: () => this.#look() });
  }

  get unsentBytes(): number {
    return this.#waitingBytes + this.#options.sink.bufferedAmount;
  }

  /** Only its own messages count: pings and pongs of the same socket come and go unseen, and nobody would be told. */
  get takes(): boolean {
    return this.#waitingBytes + this.#sentBytes < this.#options.heldBackBytes;
  }

  write(message: Uint8Array): void {
    this.#messages.push(message);
    this.#waitingBytes += message.length;
    this.#pump();
    if (!this.takes) this.#isFull = true;
  }

  /** Calls back when the system has been given everything. */
  whenEmpty(callback: () => void): void {
    this.#onEmpty = callback;
    this.#pump();
  }

  /** Nothing more is sent. */
  stop(): void {
    this.#patience.stop();
    this.#messages = [];
    this.#first = this.#offset = this.#waitingBytes = 0;
    this.#onEmpty = undefined;
  }

  #pump(): void {
    const { sink, binary, clock } = this.#options;
    for (;;) {
      const message = this.#messages[this.#first];
      if (!message || sink.bufferedAmount >= 2 * this.#fragment) break;
      const end = Math.min(this.#offset + this.#fragment, message.length);
      const part = end - this.#offset === message.length ? message : message.subarray(this.#offset, end);
      const fin = end === message.length;
      this.#waitingBytes -= part.length;
      this.#sentBytes += part.length;
      this.#offset = end;
      if (fin) this.#shift();
      const sentAt = clock.now();
      sink.send(part, { binary, fin }, () => this.#taken(part.length, clock.now() - sentAt));
    }
    const waits = this.#messages.length > this.#first;
    // While it takes no more, its owner waits for what the system was given.
    if (!waits && this.takes) this.#patience.end();
    else if (this.#patience.begin()) this.#see();
    if (waits) return;
    const onEmpty = this.#onEmpty;
    this.#onEmpty = undefined;
    onEmpty?.();
  }

  /** No fragment was taken for a while. Of one that was large because the line was fast, a part may have been. */
  #look(): void {
    if (this.#options.sink.queuedBytes !== this.#queuedBytes) return this.#moved();
    this.#looks += 1;
    if (this.#looks === LOOKS) this.#options.stalled();
    else this.#patience.renew();
  }

  #moved(): void {
    this.#see();
    this.#patience.renew();
    this.#options.progressed();
  }

  #see(): void {
    this.#queuedBytes = this.#options.sink.queuedBytes;
    this.#looks = 0;
  }

  #shift(): void {
    this.#first += 1;
    this.#offset = 0;
    if (this.#first * 2 <= this.#messages.length) return;
    this.#messages = this.#messages.slice(this.#first);
    this.#first = 0;
  }

  #taken(bytes: number, tookMs: number): void {
    this.#sentBytes -= bytes;
    if (tookMs > SLOW_MS) this.#fragment = FRAGMENT;
    else if (tookMs < QUICK_MS && bytes >= this.#fragment) this.#fragment = Math.min(2 * bytes, LARGEST_FRAGMENT);
    if (this.#isFull || this.#messages.length > this.#first) this.#moved();
    this.#pump();
    if (!this.#isFull || !this.takes) return;
    this.#isFull = false;
    this.#options.drained();
  }
}
