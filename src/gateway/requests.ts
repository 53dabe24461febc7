import type { ClientFrame } from "../protocol/client-frames.ts";

/** A frame that asks for an answer. */
export type RequestFrame = Exclude<Extract<ClientFrame, { id: number }>, { type: "yield" | "cancel" }>;

interface Request {
  readonly frame: RequestFrame;
  /** The cell that it waits for. */
  cellId: string | undefined;
}

/** A turn's requests, remembered until their last answer is acknowledged. */
export class Requests {
  readonly #requests = new Map<number, Request>();

  /** Takes a request in. An id that is remembered makes it a repetition, or a conflict where the content differs. */
  begin(frame: RequestFrame): "new" | "repetition" | "conflict" {
    const earlier = this.#requests.get(frame.id);
    if (earlier) return contentOf(earlier.frame) === contentOf(frame) ? "repetition" : "conflict";
    this.#requests.set(frame.id, { frame, cellId: "cellId" in frame ? frame.cellId : undefined });
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
    return request && types.includes(request.frame.type) ? request.cellId : undefined;
  }

  end(id: number): void {
    this.#requests.delete(id);
  }
}

/** A request without what may differ between two sendings of it. */
function contentOf(frame: RequestFrame): string {
  const fields = Object.entries(frame).filter(([key]) => key !== "ack");
  return JSON.stringify(fields.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
