import type { Limits } from "../protocol/limits.ts";
import type { ByteBudget } from "../session/byte-budget.ts";
import type { Receipt } from "../session/waiter.ts";

interface Entry {
  readonly message: Uint8Array;
  /** Of a frame that matters only while it can be sent again. */
  readonly receipt: Receipt | undefined;
}

/** Stands in the list for what has left it. */
const gone: Entry = { message: new Uint8Array(), receipt: undefined };

/** The latest frames of a turn as messages, without a gap: those behind the number `base`, up to the number `last`. */
export class ReplayLog {
  readonly #limits: Pick<Limits, "replayBytes" | "replayFrames">;
  readonly #budget: ByteBudget;
  /** Those before `#start` are gone. */
  #entries: Entry[] = [];
  #start = 0;
  #base: number;
  #bytes = 0;

  /** `budget` is that of all turns together. */
  constructor(limits: Pick<Limits, "replayBytes" | "replayFrames">, budget: ByteBudget, base: number) {
    this.#limits = limits;
    this.#budget = budget;
    this.#base = base;
  }

  get base(): number {
    return this.#base;
  }

  get last(): number {
    return this.#base + this.#entries.length - this.#start;
  }

  /** Whether it holds more than it may, or all of them together do. */
  get isOver(): boolean {
    const { replayBytes, replayFrames } = this.#limits;
    return this.#bytes > replayBytes || this.last - this.#base > replayFrames || this.#budget.free < 0;
  }

  /** Adds the frame behind the last. Its receipt is settled when it leaves the log. */
  push(message: Uint8Array, receipt?: Receipt): void {
    this.#entries.push({ message, receipt });
    this.#bytes += message.length;
    this.#budget.take(message.length);
  }

  /** The frame with this number, which must be here. */
  at(seq: number): Uint8Array {
    const entry = this.#entries[this.#start + seq - this.#base - 1];
    if (!entry) throw new RangeError(`expected a frame from ${this.#base + 1} to ${this.last}, got ${seq}`);
    return entry.message;
  }

  /** Bytes of the frames behind `seq`. */
  bytesBehind(seq: number): number {
    return this.#entries.slice(this.#start + seq - this.#base).reduce((sum, { message }) => sum + message.length, 0);
  }

  /** Lets go of the frames up to `seq`, as far as they are here. */
  forget(seq: number): void {
    for (const last = Math.min(seq, this.last); this.#base < last;) this.#shift()?.taken();
  }

  /** Lets go of the first frames up to `seq` until no more is held than may be. */
  trim(seq: number): void {
    while (this.isOver && this.#base < seq) this.forget(this.#base + 1);
  }

  /** Lets go of everything. Gives the receipts that were not settled, with their numbers, in order. */
  clear(): { seq: number; receipt: Receipt }[] {
    const first = this.#base + 1;
    const receipts = this.#entries
      .slice(this.#start)
      .flatMap(({ receipt }, index) => (receipt ? [{ seq: first + index, receipt }] : []));
    this.#base = this.last;
    this.#entries = [];
    this.#start = 0;
    this.#budget.give(this.#bytes);
    this.#bytes = 0;
    return receipts;
  }

  /** Counts on without a frame. Nothing may be held. */
  skip(): void {
    this.#base += 1;
  }

  #shift(): Receipt | undefined {
    const { message, receipt } = this.#entries[this.#start] ?? gone;
    // The list is shortened later, and until then it must not hold megabytes.
    this.#entries[this.#start] = gone;
    this.#start += 1;
    this.#base += 1;
    this.#bytes -= message.length;
    this.#budget.give(message.length);
    if (this.#start * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#start);
      this.#start = 0;
    }
    return receipt;
  }
}
