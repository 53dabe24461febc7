import { CellgateError } from "./errors.ts";
import type { AnswerFrame, Pending } from "./requests.ts";

/** Tags of the answers that come alone. */
export type PlainTag = "ok" | "cells" | "stored_values";

/** The answer with this tag. */
export type Answer<Tag extends PlainTag> = Extract<AnswerFrame, { type: Tag }>;

/** A request with one answer, of one kind. `onAnswer` runs before the next frame is looked at. */
export class PlainRequest<Tag extends PlainTag> implements Pending {
  readonly #tag: Tag;
  readonly #settled = Promise.withResolvers<Answer<Tag>>();
  readonly #onAnswer: () => void;

  constructor(tag: Tag, onAnswer: () => void = () => {}) {
    this.#tag = tag;
    this.#onAnswer = onAnswer;
  }

  get answered(): Promise<Answer<Tag>> {
    return this.#settled.promise;
  }

  answer(frame: AnswerFrame): boolean {
    if (frame.type === this.#tag) {
      this.#onAnswer();
      this.#settled.resolve(frame as Answer<Tag>);
    } else {
      const message = `answer to request ${frame.id}: expected ${this.#tag}, got ${frame.type}`;
      this.fail(new CellgateError(message, { code: "unexpected_answer", retryable: false }));
    }
    return true;
  }

  missed(): void {
    // The answer is one frame: it came, or comes.
  }

  fail(error: Error): void {
    this.#settled.reject(error);
  }
}
