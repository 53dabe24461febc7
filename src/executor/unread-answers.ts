import type { CallAnswer } from "./executor.ts";
import type { Answered } from "./prelude/prelude.ts";

/**
 * The answers to a cell's calls on their way into its isolate. Those that come at once go in at once: of a thousand, each
 * takes a fifth less time than alone.
 */
export class UnreadAnswers {
  readonly #deliver: (parts: Answered[number][]) => Promise<void>;
  #waiting: Answered[] = [];
  #chars = 0;

  /** `deliver` gives the isolate the parts of answers, one behind the other, and resolves when it has read them. */
  constructor(deliver: (parts: Answered[number][]) => Promise<void>) {
    this.#deliver = deliver;
  }

  /** Characters of theirs: they lie in this process, beside the isolate's heap. */
  get chars(): number {
    return this.#chars;
  }

  add(call: number, answer: CallAnswer): void {
    if (this.#waiting.length === 0) queueMicrotask(() => void this.#settle());
    const answered: Answered = answer.ok
      ? [call, true, answer.json, undefined]
      : [call, false, answer.message, answer.code];
    this.#waiting.push(answered);
    this.#chars += charsOf(answered);
  }

  async #settle(): Promise<void> {
    const answers = this.#waiting;
    this.#waiting = [];
    await this.#deliver(answers.flat());
    for (const answered of answers) this.#chars -= charsOf(answered);
  }
}

const charsOf = ([, , payload]: Answered): number => payload?.length ?? 0;
