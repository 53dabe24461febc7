import type { Limits } from "../protocol/limits.ts";
import type { Utf8Text } from "../protocol/utf8-text.ts";
import type { ContentItem } from "../protocol/values.ts";
import type { Answer, Part, Receipt, Waiter } from "../session/waiter.ts";
import { splitContent } from "./content-frames.ts";
import { cutMessage } from "./cut-message.ts";
import type { Unnumbered } from "./outbox.ts";
import type { Requests } from "./requests.ts";

/** What {@link Answers} need. */
export interface AnswersOptions {
  readonly limits: Limits;
  readonly requests: Requests;
  /** The turn, to which the session's waiters belong. */
  readonly owner: object;
  /** Whether streamed content may go out now. */
  readonly takes: () => boolean;
  /** An upper bound of the bytes that a text takes in a frame. */
  readonly byteLength: (text: string | Utf8Text) => number;
  /** Sends a frame with those that go ahead of it, which must fit. */
  readonly send: (frame: Unnumbered, receipt?: Receipt, ahead?: readonly Unnumbered[]) => void;
  /** Sends a frame, or returns false where it is over the frame limits. */
  readonly offer: (frame: Unnumbered, receipt: Receipt) => boolean;
}

/** What an `error` says of a request. */
export type Failure = Omit<Extract<Unnumbered, { type: "error" }>, "type" | "id">;

/** Turns what a session answers into frames that fit, and follows a request until its last answer has arrived. */
export class Answers {
  readonly #options: AnswersOptions;

  constructor(options: AnswersOptions) {
    this.#options = options;
  }

  /** A waiter whose answer goes to the request `id`. */
  waiter(id: number, yieldMs: number | null | undefined, stream = false): Waiter {
    const { owner, takes } = this.#options;
    return {
      owner,
      id,
      yieldMs: this.#clampYield(yieldMs),
      stream,
      get takes() {
        return takes();
      },
      content: (part) => this.#sendContent(id, part),
      answer: (answer) => this.#sendAnswer(id, answer),
    };
  }

  /** Gives a request its last answer. */
  give(frame: Unnumbered & { id?: number | undefined }): void {
    this.#options.send(frame, this.#last(frame.id));
  }

  /** The same for an answer that may be over the frame limits: false says so. */
  offer(frame: Unnumbered & { id: number }): boolean {
    return this.#options.offer(frame, this.#last(frame.id));
  }

  fail(id: number, failure: Failure): void {
    this.give({ type: "error", id, ...this.#cut(failure) });
  }

  /** Rule C5: 0 and null stand for themselves, everything else lies between the floor and the ceiling. */
  #clampYield(given: number | null | undefined): number | null {
    const { yieldMs, yieldFloorMs, yieldCeilingMs } = this.#options.limits;
    if (given === null || given === 0) return given;
    return Math.min(Math.max(given ?? yieldMs, yieldFloorMs), yieldCeilingMs);
  }

  /** The receipt of a request's last answer: with it the request is forgotten, or done again when it is repeated. */
  #last(id: number | undefined, receipt?: Receipt): Receipt {
    const { requests } = this.#options;
    return {
      taken: () => {
        if (id !== undefined) requests.end(id);
        receipt?.taken();
      },
      lost: () => {
        if (id !== undefined) requests.lose(id);
        receipt?.lost();
      },
    };
  }

  #sendContent(id: number, part: Part): void {
    const [ahead, last] = this.#split(id, part);
    this.#options.send({ type: "content", id, cellId: part.cellId, content: last }, part.receipt, ahead);
  }

  #sendAnswer(id: number, answer: Answer): void {
    const [ahead, content] = this.#split(id, answer);
    const { kind, cellId, error, usage, receipt } = answer;
    const said = { id, cellId, content };
    const frame: Unnumbered =
      kind === "result"
        ? { type: kind, ...said, error: this.#cut(error), usage }
        : kind === "terminated"
          ? { type: kind, ...said, usage }
          : { type: kind, ...said };
    this.#options.send(frame, this.#last(id, receipt), ahead);
  }

  /** The frames that go ahead of a part's last one, and the content of that one (rule O3). */
  #split(id: number, { cellId, content }: Part): [Unnumbered[], ContentItem[]] {
    const { limits, byteLength } = this.#options;
    // As a frame's a text may be bytes: it is written as the string that it stands for.
    const frames = splitContent(content, limits, byteLength) as ContentItem[][];
    const last = frames.pop() ?? [];
    return [frames.map((items) => ({ type: "content", id, cellId, content: items, more: true })), last];
  }

  /** What an error quotes of a frame, a key or a thrown value can be as large as a frame. */
  #cut<E extends Pick<Failure, "message"> | undefined>(error: E): E {
    return error && { ...error, message: cutMessage(error.message, this.#options.limits.errorBytes) };
  }
}
