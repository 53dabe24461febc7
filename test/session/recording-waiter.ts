import type { PutOut } from "../../src/executor/executor.ts";
import type { CellError } from "../../src/protocol/error-codes.ts";
import type { Answer, Part, Receipt, Waiter } from "../../src/session/waiter.ts";

/** An answer as tests compare it: its content as texts. */
export interface Got {
  readonly kind: Answer["kind"];
  readonly content: readonly string[];
  readonly error?: CellError | undefined;
}

/** A waiter that keeps what it gets, and the receipts of it in the order in which they were made. */
export class RecordingWaiter implements Waiter {
  readonly owner: object;
  readonly id: number;
  readonly yieldMs: number | null;
  readonly stream: boolean;
  takes = true;
  /** Its answers: no more than one, if all is well. */
  readonly got: Got[] = [];
  /** The content that came ahead of the answer, as texts: a list for each part. */
  readonly parts: string[][] = [];
  #receipts: Receipt[] = [];

  constructor({ owner = {}, id = 1, yieldMs = null, stream = false }: Partial<Waiter> = {}) {
    this.owner = owner;
    this.id = id;
    this.yieldMs = yieldMs;
    this.stream = stream;
  }

  content(part: Part): void {
    this.parts.push(textsOf(part.content));
    this.#keep(part.receipt);
  }

  answer({ kind, content, error, receipt }: Answer): void {
    this.got.push({ kind, content: textsOf(content), ...(error && { error }) });
    this.#keep(receipt);
  }

  /** The client acknowledges all that was sent to it. */
  acknowledge(): void {
    for (const receipt of this.#settle()) receipt.taken();
  }

  /** The turn is over without an acknowledgement; as in the outbox, the last is lost first. */
  lose(): void {
    for (const receipt of this.#settle().toReversed()) receipt.lost();
  }

  #keep(receipt: Receipt | undefined): void {
    if (receipt) this.#receipts.push(receipt);
  }

  #settle(): Receipt[] {
    const receipts = this.#receipts;
    this.#receipts = [];
    return receipts;
  }
}

/** Text items as their texts, images as their URLs. */
export function textsOf(content: readonly PutOut[]): string[] {
  return content.map((item) => (item.type === "text" ? item.text : item.imageUrl).toString());
}
