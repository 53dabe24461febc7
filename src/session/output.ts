import type { PutOut } from "../executor/executor.ts";
import { Utf8Text } from "../protocol/utf8-text.ts";
import type { ByteBudget } from "./byte-budget.ts";

/** Bounds of an {@link Output}. */
export interface OutputLimits {
  /** UTF-8 bytes of unread content. */
  readonly unreadBytes: number;
  /** Items of unread content. */
  readonly unreadItems: number;
}

/** Stands in a list where an item was left out, until the list is shortened. */
const leftOut: PutOut = { type: "text", text: "" };

/** Items that stand for others that were left out: they are free of charge. */
const markers = new WeakSet<PutOut>();

/** UTF-8 bytes that an item is charged with. */
function chargeOf(item: PutOut): number {
  if (markers.has(item)) return 0;
  const text = item.type === "text" ? item.text : item.imageUrl;
  return text instanceof Utf8Text ? text.length : Buffer.byteLength(text);
}

/**
 * What a cell put out and no answer has taken (rule O2). Past its bound the first half and the latest items are kept,
 * and a text item between them says what was left out. Bytes are charged to the session's budget until
 * {@link release}.
 */
export class Output {
  readonly #limits: OutputLimits;
  readonly #budget: ByteBudget;
  /** All items, or the first half of the bound once it was passed. */
  #head: PutOut[] = [];
  /** The latest items once the bound was passed; those before `#tailStart` are gone. */
  #tail: PutOut[] = [];
  #tailStart = 0;
  #bytes = 0;
  #leftOutItems = 0;
  #leftOutBytes = 0;
  /** Runs of items that were put back and are not in their place yet, the first of all last. */
  #returned: (readonly PutOut[])[] = [];

  constructor(limits: OutputLimits, budget: ByteBudget) {
    this.#limits = limits;
    this.#budget = budget;
  }

  /** Bytes that the next {@link take} gives. */
  get bytes(): number {
    this.#restore();
    return this.#bytes;
  }

  get isEmpty(): boolean {
    this.#restore();
    return this.#count === 0 && this.#leftOutItems === 0;
  }

  get #count(): number {
    return this.#head.length + this.#tail.length - this.#tailStart;
  }

  add(item: PutOut): void {
    this.#restore();
    const bytes = chargeOf(item);
    if (this.#leftOutItems === 0 && this.#fits(bytes)) {
      this.#charge(bytes);
      this.#head.push(item);
      return;
    }
    if (this.#leftOutItems === 0) this.#splitHead();
    while (this.#tail.length > this.#tailStart && !this.#fits(bytes)) this.#leaveOutOldest();
    if (this.#fits(bytes)) {
      this.#charge(bytes);
      this.#tail.push(item);
    } else {
      this.#leftOutItems += 1;
      this.#leftOutBytes += bytes;
    }
  }

  /** Gives all that is there and forgets it. Its bytes stay charged until {@link release} or {@link putBack}. */
  take(): PutOut[] {
    this.#restore();
    const head = this.#leftOutItems === 0 ? this.#head : [...this.#head, this.#marker()];
    const items = this.#tail.length === 0 ? head : head.concat(this.#tail.slice(this.#tailStart));
    this.#head = [];
    this.#tail = [];
    this.#bytes = this.#tailStart = this.#leftOutItems = this.#leftOutBytes = 0;
    return items;
  }

  /** What was taken was delivered for good. */
  release(items: readonly PutOut[]): void {
    for (const item of items) this.#budget.give(chargeOf(item));
  }

  /** What was taken did not arrive: it is unread again, in front of what has come since (rule C6). */
  putBack(items: readonly PutOut[]): void {
    this.#returned.push(items);
  }

  /** Drops everything. */
  discard(): void {
    this.release(this.take());
  }

  /** A lost turn puts back thousands of runs: they are brought into place all at once, not each in front of the last. */
  #restore(): void {
    if (this.#returned.length === 0) return;
    const returned = this.#returned.toReversed().flat();
    this.#returned = [];
    const all = returned.concat(this.take());
    this.release(all);
    for (const item of all) this.add(item);
  }

  #fits(bytes: number): boolean {
    const { unreadBytes, unreadItems } = this.#limits;
    return this.#bytes + bytes <= unreadBytes && this.#count < unreadItems && bytes <= this.#budget.free;
  }

  #charge(bytes: number): void {
    this.#budget.take(bytes);
    this.#bytes += bytes;
  }

  /** The bound is passed for the first time: what lies beyond its first half becomes the tail. */
  #splitHead(): void {
    let bytes = 0;
    const { unreadBytes, unreadItems } = this.#limits;
    const cut = this.#head.findIndex((item, index) => {
      bytes += chargeOf(item);
      return bytes > unreadBytes / 2 || index >= unreadItems / 2;
    });
    if (cut === -1) return;
    this.#tail = this.#head.splice(cut);
  }

  #leaveOutOldest(): void {
    const item = this.#tail[this.#tailStart];
    if (item === undefined) return;
    const bytes = chargeOf(item);
    // The list is shortened later: a thousand items that it still held could be a gigabyte.
    this.#tail[this.#tailStart] = leftOut;
    this.#tailStart += 1;
    this.#bytes -= bytes;
    this.#budget.give(bytes);
    this.#leftOutItems += 1;
    this.#leftOutBytes += bytes;
    // Half of the list is dead: moving the rest now costs each item one move at most.
    if (this.#tailStart > 1_024 && this.#tailStart * 2 > this.#tail.length) {
      this.#tail = this.#tail.slice(this.#tailStart);
      this.#tailStart = 0;
    }
  }

  #marker(): PutOut {
    const what = `${this.#leftOutItems} items (${this.#leftOutBytes} bytes)`;
    const marker: PutOut = { type: "text", text: `…${what} left out: more was unread than is kept…` };
    markers.add(marker);
    return marker;
  }
}
