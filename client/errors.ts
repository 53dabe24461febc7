import type { ErrorFrame } from "../src/protocol/server-frames.ts";
import { requestErrors } from "../src/protocol/error-codes.ts";
import type { CellStatus } from "../src/protocol/values.ts";

/** What every {@link CellgateError} says besides its message. */
interface ErrorDetails {
  readonly code: string;
  readonly retryable: boolean;
  readonly cause?: unknown;
}

/**
 * What the SDK throws: transport and limits. What a cell's code does wrong is never thrown, it is `outcome.error`.
 * A misuse that a type checker would find is a plain `TypeError`.
 */
export class CellgateError extends Error {
  override readonly name: string = "CellgateError";
  /** Stable, to be compared with; the message is for people and may change. */
  readonly code: string;
  /** Whether the same thing may succeed later without a change: after a new `connect`, for a {@link ConnectionError}. */
  readonly retryable: boolean;

  constructor(message: string, { code, retryable, cause }: ErrorDetails) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.retryable = retryable;
  }
}

/**
 * There is no connection: it could not be made, or was lost and could not be made again. `code` is the name of the close
 * code in protocol.md (`connection_lost`, `taken_over` …), or `connect_timeout`.
 */
export class ConnectionError extends CellgateError {
  override readonly name: string = "ConnectionError";
  /** Absent where no close was received. */
  readonly closeCode?: number | undefined;
  readonly reason?: string | undefined;

  constructor(
    message: string,
    details: ErrorDetails & { closeCode?: number | undefined; reason?: string | undefined },
  ) {
    super(message, details);
    this.closeCode = details.closeCode;
    this.reason = details.reason;
  }
}

/**
 * The session is gone, or never was (close codes 4404 and 4410): its cells and stored values with it. The SDK opens no
 * other in its place by itself.
 */
export class SessionLostError extends ConnectionError {
  override readonly name = "SessionLostError";
}

/** The gateway refused one request; the connection lives on. `code` is one of the request errors in protocol.md. */
export class RequestError extends CellgateError {
  override readonly name = "RequestError";
  /** With `too_many_cells`: the session's live cells, of which one can be waited for or terminated. */
  declare readonly cells?: CellStatus[] | undefined;
  /** With `draining`: milliseconds after which another gateway may be in this one's place. */
  declare readonly retryAfterMs?: number | undefined;

  constructor({ code, message, cells, retryAfterMs }: Pick<ErrorFrame, "code" | "message" | "cells" | "retryAfterMs">) {
    // A newer gateway may know codes that this table does not.
    const known = Object.hasOwn(requestErrors, code);
    super(message, { code, retryable: known && requestErrors[code].retryable });
    if (cells) this.cells = cells;
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs;
  }
}

/**
 * The request was not sent. The gateway would refuse it: the source is over `limits.sourceBytes` (`source_too_large`), or
 * the frame is over a limit or holds what JSON cannot carry (`bad_frame`), or something between here and there closed the
 * connection because the frame was too large for it (`frame_too_big`). Or there is no connection and too much waits for
 * one (`queue_full`). The message says what was expected and what came.
 */
export class UnsentError extends CellgateError {
  override readonly name = "UnsentError";

  constructor(
    message: string,
    code: "source_too_large" | "bad_frame" | "frame_too_big" | "queue_full",
    cause?: unknown,
  ) {
    super(message, { code, retryable: code === "queue_full", cause });
  }
}

/** Why a handler's signal was aborted by the gateway: `code` is `terminated`, `ended`, `timeout` or `shutdown`. */
export class ToolCancelledError extends CellgateError {
  override readonly name = "ToolCancelledError";

  constructor(code: string) {
    super(`the answer to this tool call is no longer wanted (${code})`, { code, retryable: false });
  }
}
