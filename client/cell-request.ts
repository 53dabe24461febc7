import type { ContentItem } from "../src/protocol/values.ts";
import { ContentJoiner } from "./content-joiner.ts";
import { CellgateError } from "./errors.ts";
import { Outcome } from "./outcome.ts";
import type { AnswerFrame, Pending } from "./requests.ts";

/** What a {@link CellRequest} tells while it is pending. Neither may throw. */
export interface CellRequestListener {
  /** The cell of an `execute` exists. */
  onStarted?: ((cellId: string) => void) | undefined;
  /** Items that arrived, whole and in order. */
  onContent?: ((items: ContentItem[]) => void) | undefined;
}

/** A request that a cell answers: `execute`, `wait` or `terminate`. It gathers the content that comes before the answer. */
export class CellRequest implements Pending {
  /** Whether it is the cell's waiter, which a `yield` frame can address (rule C10). */
  readonly isWaiter: boolean;
  readonly #listener: CellRequestListener;
  #joiner = new ContentJoiner();
  readonly #settled = Promise.withResolvers<Outcome>();
  #cellId: string | undefined;
  #isPending = true;
  readonly #content: ContentItem[] = [];
  /** Items of content that is not there as a whole: after a gap they come again. */
  #aside: ContentItem[] = [];

  /** `cellId` is absent for an `execute`, until it has started. */
  constructor(type: "execute" | "wait" | "terminate", cellId?: string, listener: CellRequestListener = {}) {
    this.isWaiter = type !== "terminate";
    this.#cellId = cellId;
    this.#listener = listener;
  }

  get cellId(): string | undefined {
    return this.#cellId;
  }

  /** Whether its last answer has not come. */
  get isPending(): boolean {
    return this.#isPending;
  }

  get outcome(): Promise<Outcome> {
    return this.#settled.promise;
  }

  answer(frame: AnswerFrame): boolean {
    switch (frame.type) {
      case "started":
        // After a cut in which frames were missed it comes once more.
        if (this.#cellId === frame.cellId) return false;
        this.#cellId = frame.cellId;
        this.#listener.onStarted?.(frame.cellId);
        return false;
      case "content":
        this.#putAside(this.#joiner.add(frame.content));
        if (!frame.more) this.#take();
        return false;
      case "yielded":
      case "result":
      case "terminated": {
        this.#putAside(this.#joiner.add(frame.content));
        this.#putAside(this.#joiner.end());
        this.#take();
        const error = frame.type === "result" ? frame.error : undefined;
        const usage = frame.type === "yielded" ? undefined : frame.usage;
        this.#isPending = false;
        this.#settled.resolve(new Outcome(frame.type, frame.cellId, this.#content, error, usage));
        return true;
      }
      case "cells":
      case "stored_values":
      case "ok": {
        const message = `answer to request ${frame.id}: expected that of a cell, got ${frame.type}`;
        this.fail(new CellgateError(message, { code: "unexpected_answer", retryable: false }));
        return true;
      }
      default:
        frame satisfies never;
        return false;
    }
  }

  missed(): void {
    this.#aside = [];
    this.#joiner = new ContentJoiner();
  }

  fail(error: Error): void {
    this.#isPending = false;
    this.#settled.reject(error);
  }

  #putAside(items: ContentItem[]): void {
    // One by one: a frame may have more items than a call may have arguments.
    for (const item of items) this.#aside.push(item);
  }

  /** What was put aside is there as a whole. */
  #take(): void {
    const items = this.#aside;
    this.#aside = [];
    if (items.length === 0) return;
    for (const item of items) this.#content.push(item);
    this.#listener.onContent?.(items);
  }
}
