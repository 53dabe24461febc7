import type { RequestErrorCode } from "../protocol/error-codes.ts";
import type { CellStatus } from "../protocol/values.ts";

/** A request that is refused; the turn answers it with an `error` frame. */
export class RequestFailure extends Error {
  override readonly name = "RequestFailure";
  readonly code: RequestErrorCode;
  /** With `too_many_cells`: the session's live cells (rule B3). */
  readonly cells: CellStatus[] | undefined;
  /** With `draining`: milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(code: RequestErrorCode, message: string, cells?: CellStatus[], retryAfterMs?: number) {
    super(message);
    this.code = code;
    this.cells = cells;
    this.retryAfterMs = retryAfterMs;
  }
}
