import type { CellNotFoundReason } from "../protocol/error-codes.ts";
import type { CellClosedReason } from "../protocol/server-frames.ts";

/** Remembers why cells are gone, for the latest so many (rule C8). */
export class ClosedCells {
  readonly #max: number;
  readonly #reasons = new Map<string, CellClosedReason>();

  constructor(max: number) {
    this.#max = max;
  }

  add(cellId: string, reason: CellClosedReason): void {
    this.#reasons.set(cellId, reason);
    const [oldest] = this.#reasons.keys();
    if (this.#reasons.size > this.#max && oldest !== undefined) this.#reasons.delete(oldest);
  }

  reasonFor(cellId: string): CellNotFoundReason {
    const reason = this.#reasons.get(cellId);
    if (reason === "taken") return "already_taken";
    return reason === undefined ? "unknown" : "expired";
  }
}
