import { hash } from "node:crypto";
import type { ClientFrame } from "../protocol/client-frames.ts";

/** A frame that asks for an answer. */
export type RequestFrame = Exclude<Extract<ClientFrame, { id: number }>, { type: "yield" | "cancel" }>;

/** What is kept of a request: its content as a hash, since thousands may be unacknowledged and each of megabytes. */
interface Request {
  readonly type: RequestFrame["type"];
  readonly content: string;
  /** The cell that it waits for. */
  cellId: string | undefined;
}

/** A turn's requests, remembered until their last answer is acknowledged. */
export class Requests {
  readonly #requests = new Map<number, Request>();

  /** Takes a request in. An id that is remembered makes it a repetition, or a conflict where the content differs. */
  begin(frame: RequestFrame): "new" | "repetition" | "conflict" {
    const earlier = this.#requests.get(frame.id);
    const content = contentOf(frame);
    if (earlier) return earlier.content === content ? "repetition" : "conflict";
    this.#requests.set(frame.id, { type: frame.type, content, cellId: "cellId" in frame ? frame.cellId : undefined });
    return "new";
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

  end(id: number): void {
    this.#requests.delete(id);
  }
}

/** A hash of a request without what may differ between two sendings of it. */
function contentOf(frame: RequestFrame): string {
  const fields = Object.entries(frame).filter(([key]) => key !== "ack");
  const sorted = fields.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return hash("sha256", JSON.stringify(sorted), "base64");
}
