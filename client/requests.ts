import type { ErrorFrame, ServerFrame } from "../src/protocol/server-frames.ts";
import { RequestError } from "./errors.ts";

/** A frame that answers a request, wholly or in part, and does not refuse it. */
export type AnswerFrame = Exclude<Extract<ServerFrame, { id: number }>, ErrorFrame>;

/** A request that has not had its last answer. */
export interface Pending {
  /** Takes an answer and tells whether it was the last. */
  answer(frame: AnswerFrame): boolean;
  /** There is no (further) answer. */
  fail(error: Error): void;
}

/** The requests of a turn that wait for an answer, under ids that count up from 1; and its pings, which have none. */
export class Requests {
  #lastId = 0;
  readonly #pending = new Map<number, Pending>();
  #pings: Pick<PromiseWithResolvers<void>, "resolve" | "reject">[] = [];

  /** Gives a request its id. */
  add(pending: Pending): number {
    this.#lastId += 1;
    this.#pending.set(this.#lastId, pending);
    return this.#lastId;
  }

  /** Forgets a request that was not sent after all. */
  drop(id: number): void {
    this.#pending.delete(id);
  }

  /** The next pong is for this. */
  addPing(ping: Pick<PromiseWithResolvers<void>, "resolve" | "reject">): void {
    this.#pings.push(ping);
  }

  /** Ids of the pending requests that pass. */
  idsOf(test: (pending: Pending) => boolean): number[] {
    return Array.from(this.#pending)
      .filter(([, pending]) => test(pending))
      .map(([id]) => id);
  }

  /** An answer for nobody is ignored: it is late. */
  answer(frame: AnswerFrame): void {
    if (this.#pending.get(frame.id)?.answer(frame)) this.#pending.delete(frame.id);
  }

  /** Refuses a request. Returns false where the frame is for none that is pending. */
  refuse(frame: ErrorFrame): boolean {
    const pending = frame.id === undefined ? undefined : this.#pending.get(frame.id);
    if (!pending || frame.id === undefined) return false;
    this.#pending.delete(frame.id);
    pending.fail(new RequestError(frame));
    return true;
  }

  pong(): void {
    this.#pings.shift()?.resolve();
  }

  /** Nothing is answered any more: every promise is settled, then all are forgotten. */
  failAll(error: Error): void {
    for (const pending of this.#pending.values()) pending.fail(error);
    for (const ping of this.#pings) ping.reject(error);
    this.#pending.clear();
    this.#pings = [];
  }
}
