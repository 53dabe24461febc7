import { hash } from "node:crypto";
import type { ClientFrame } from "../protocol/client-frames.ts";

/** A frame that asks for an answer. */
export type RequestFrame = Exclude<Extract<ClientFrame, { id: number }>, { type: "yield" | "cancel" }>;

/** What is kept of a request: of long content a hash, since thousands may be unacknowledged and each of megabytes. */
interface Request {
  readonly type: RequestFrame["type"];
  readonly content: string;
  /** The cell that it waits for. */
  cellId: string | undefined;
}

/** What an incoming request is; `again`: an `execute` that has its cell, and whose answer was lost. */
type Beginning = { kind: "new" | "repetition" | "conflict" } | { kind: "again"; cellId: string };

/**
 * A turn's requests, remembered until their last answer is acknowledged. Of those whose answer was lost, an `execute` that
 * started a cell is remembered, so that it never runs twice; any other is forgotten, and done again when it is repeated.
 */
export class Requests {
  readonly #maxLost: number;
  readonly #requests = new Map<number, Request>();
  /** Ids of those whose answer was lost, the oldest first. */
  readonly #lost = new Set<number>();

  /** Of lost requests, `maxLost` are remembered. */
  constructor(maxLost: number) {
    this.#maxLost = maxLost;
  }

  /** Takes a request in. An id that is remembered makes it a repetition, or a conflict where the content differs. */
  begin(frame: RequestFrame): Beginning {
    const earlier = this.#requests.get(frame.id);
    const content = contentOf(frame);
    if (!earlier) {
      const cellId = "cellId" in frame ? frame.cellId : undefined;
      this.#requests.set(frame.id, { type: frame.type, content, cellId });
      return { kind: "new" };
    }
    if (earlier.content !== content) return { kind: "conflict" };
    const { cellId } = earlier;
    return this.#lost.delete(frame.id) && cellId !== undefined ? { kind: "again", cellId } : { kind: "repetition" };
  }

  /** An `execute` has its cell. */
  waitsFor(id: number, cellId: string): void {
    const request = this.#requests.get(id);
    if (request) request.cellId = cellId;
  }

  /** The cell that the request waits for, if it is of one of these types. */
  cellOf(id: number, ...types: RequestFrame["type"][]): string | undefined {
    const request = this.#requests.get(id);
    return request && types.includes(request.type) ? request.cellId : undefined;
  }

  has(id: number): boolean {
    return this.#requests.has(id);
  }

  /** Its last answer was acknowledged. */
  end(id: number): void {
    this.#requests.delete(id);
    this.#lost.delete(id);
  }

  /** Its last answer was lost, or will not come. */
  lose(id: number): void {
    const request = this.#requests.get(id);
    if (!request) return;
    if (request.type !== "execute" || request.cellId === undefined) return this.end(id);
    this.#lost.add(id);
    const [oldest] = this.#lost;
    if (this.#lost.size > this.#maxLost && oldest !== undefined) this.end(oldest);
  }

  /** None of them will be answered any more. */
  loseAll(): void {
    for (const id of this.#requests.keys()) this.lose(id);
  }
}

/** Characters up to which the content of a request is kept as it is: a hash takes longer than most small requests. */
const SHORT = 256;

/** A request without what may differ between two sendings of it, or a hash of that. */
function contentOf(frame: RequestFrame): string {
  const fields = Object.entries(frame).filter(([key]) => key !== "ack");
  const sorted = fields.toSorted(([a], [b]) => (a < b ? -1 : 1));
  const text = JSON.stringify(sorted);
  return text.length <= SHORT ? text : hash("sha256", text, "base64");
}
