import type { Receipt } from "../session/waiter.ts";

interface Entry {
  readonly seq: number;
  readonly receipt: Receipt;
}

/** The receipts of frames that were not acknowledged yet, in the order of their numbers. */
export class Receipts {
  /** Those before `#first` are settled. */
  #entries: Entry[] = [];
  #first = 0;

  get count(): number {
    return this.#entries.length - this.#first;
  }

  /** Adds the receipt of a frame; each number is above the one before it. */
  add(seq: number, receipt: Receipt): void {
    this.#entries.push({ seq, receipt });
  }

  /** All frames up to `seq` have arrived. */
  acknowledge(seq: number): void {
    for (;;) {
      const next = this.#entries[this.#first];
      if (!next || next.seq > seq) break;
      this.#first += 1;
      next.receipt.taken();
    }
    if (this.#first * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#first);
      this.#first = 0;
    }
  }

  /** None of them will be acknowledged: they are told, the last first, so that order can be restored. */
  lose(): void {
    const lost = this.#entries.slice(this.#first);
    this.#entries = [];
    this.#first = 0;
    for (const { receipt } of lost.toReversed()) receipt.lost();
  }
}
