import type { ClientFrame } from "../src/protocol/client-frames.ts";
import type { ErrorFrame, ServerFrame } from "../src/protocol/server-frames.ts";
import { RequestError } from "./errors.ts";
import type { Kept } from "./uplink.ts";

/** A frame that answers a request, wholly or in part, and does not refuse it. */
export type AnswerFrame = Exclude<Extract<ServerFrame, { id: number }>, ErrorFrame>;

/** A frame about a request that was asked before. Doing it twice does no more than once. */
export type FollowUpFrame = Extract<ClientFrame, { type: "yield" | "cancel" }>;

/** A frame before it has its id. */
type Unnumbered<F> = F extends { id: number } ? Omit<F, "id"> : never;

/** A frame that asks for an answer, before it has its id. */
export type RequestFrame = Unnumbered<Exclude<ClientFrame, FollowUpFrame>>;

/** A request that has not had its last answer. */
export interface Pending {
  /** Takes an answer and tells whether it was the last. */
  answer(frame: AnswerFrame): boolean;
  /** Frames were missed: what came of content that is not there as a whole will come again. */
  missed(): void;
  /** There is no (further) answer. */
  fail(error: Error): void;
}

/** A request as it was asked, to be sent again until it has its last answer. */
export interface Request extends Kept {
  readonly frame: ClientFrame & { readonly id: number };
  readonly pending: Pending;
  /** What was said of it since. */
  readonly followUps: FollowUpFrame[];
}

/** The requests of a turn that wait for an answer, under ids that count up from 1. */
export class Requests {
  #lastId = 0;
  readonly #requests = new Map<number, Request>();

  /** In the order in which they were asked. */
  [Symbol.iterator](): Iterator<Request> {
    return this.#requests.values();
  }

  /** Gives a request its id. */
  add(frame: RequestFrame, pending: Pending): Request {
    this.#lastId += 1;
    const id = this.#lastId;
    const request: Request = { frame: { ...frame, id }, pending, followUps: [], sent: undefined };
    this.#requests.set(id, request);
    return request;
  }

  get(id: number): Request | undefined {
    return this.#requests.get(id);
  }

  /** Forgets a request that was not sent after all. */
  drop(id: number): void {
    this.#requests.delete(id);
  }

  /** Ids of the requests that pass. */
  idsOf(test: (pending: Pending) => boolean): number[] {
    return Array.from(this.#requests)
      .filter(([, { pending }]) => test(pending))
      .map(([id]) => id);
  }

  /** An answer for nobody is ignored: it is late. */
  answer(frame: AnswerFrame): void {
    if (this.#requests.get(frame.id)?.pending.answer(frame)) this.#requests.delete(frame.id);
  }

  /** Refuses a request. Returns false where the frame is for none that is pending. */
  refuse(frame: ErrorFrame): boolean {
    if (frame.id === undefined || !this.#requests.has(frame.id)) return false;
    this.fail(frame.id, new RequestError(frame));
    return true;
  }

  /** There is no answer to this request. */
  fail(id: number, error: Error): void {
    const request = this.#requests.get(id);
    this.#requests.delete(id);
    request?.pending.fail(error);
  }

  /** Nothing is answered any more: every promise is settled, then all are forgotten. */
  failAll(error: Error): void {
    for (const { pending } of this.#requests.values()) pending.fail(error);
    this.#requests.clear();
  }
}
