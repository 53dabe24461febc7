/**
 * Codes of the `error` frame, which answers one request (or one frame that could not be read) and leaves the connection
 * open. `retryable` says whether the same request may succeed later without a change.
 */
export const requestErrors = {
  bad_frame: { retryable: false, meaning: "the frame does not decode, or a field is missing or of the wrong kind" },
  unknown_frame: { retryable: false, meaning: "no frame has this tag" },
  duplicate_id: {
    retryable: false,
    meaning: "the id belongs to another request of this turn that is not acknowledged",
  },
  bad_tools: { retryable: false, meaning: "two tools share a normalised name, or a name is refused" },
  unknown_tool: { retryable: false, meaning: "`execute.tools` names a tool that the turn has not declared" },
  empty_source: { retryable: false, meaning: "the source has no code" },
  source_too_large: { retryable: false, meaning: "the source is over the limit" },
  too_many_cells: {
    retryable: true,
    meaning: "the session has as many live cells as it may, or the gateway's queue is full",
  },
  cell_busy: { retryable: true, meaning: "another request already waits for this cell" },
  cell_terminating: { retryable: false, meaning: "the cell is being terminated already" },
  cancelled: { retryable: true, meaning: "the wait was cancelled by its own client" },
  bad_values: { retryable: false, meaning: "the stored values are over a limit" },
  ending: { retryable: false, meaning: "the session is being ended" },
  forbidden: { retryable: false, meaning: "the principal does not have the scope that this needs" },
  unknown_session: { retryable: false, meaning: "no such session, for an observer" },
  unknown_cell: { retryable: false, meaning: "no such cell, for an observer" },
  too_many_watches: { retryable: true, meaning: "the observer watches as much as it may" },
  draining: { retryable: true, meaning: "the gateway is going down: another one may take it" },
} as const;

/** Code of an `error` frame. */
export type RequestErrorCode = keyof typeof requestErrors;

/** Codes of `result.error`: what went wrong with a cell. They are data: the request itself succeeded. */
export const cellErrors = {
  script_error: "the code threw, or a timer callback did",
  syntax_error: "the source does not parse",
  memory_limit: "the cell's heap or buffers outgrew its limit",
  cpu_limit: "the cell used more CPU time than `maxCpuMs`",
  wall_limit: "the cell ran longer than `maxWallMs`",
  executor_lost: "the process that ran the cell died",
  cell_not_found: "no such cell: see `reason`",
  stored_values_limit: "writes of cells that ran side by side exceed the session's bound together",
  notification_limit: "more notifications wait for a host than the session may hold",
} as const;

/** What is wrong with a cell whose process died under it (rule C14). */
export const executorLost = { code: "executor_lost", message: "exec runtime ended unexpectedly" } as const;

/** Code of a {@link CellError}. */
export type CellErrorCode = keyof typeof cellErrors;

/** Codes of the `ToolError` that a tool call rejects with inside a cell, besides those that the host chooses itself. */
export const toolErrors = {
  tool_failed: "the host answered with an error and gave no code",
  tool_unavailable: "the host that is attached now does not have the tool",
  tool_timeout: "the host did not answer within the tool's `timeoutMs`",
  invalid_input: "the input is not a JSON value, or not a string for a freeform tool",
  input_too_large: "the input does not fit a frame",
  call_limit: "the open calls of the session leave no room for the input in what it may hold",
  result_too_large: "the result does not fit a frame, is too deep or has too many nodes",
  bad_result: "the host's answer to the call failed its check",
} as const;

/** Why a cell that is asked for is not there (rule C8). */
export type CellNotFoundReason = "unknown" | "already_taken" | "expired";

/** What went wrong with a cell (rules C8, C14, J10). */
export interface CellError {
  code: CellErrorCode;
  /** The stack if the thrown value has one, else its string form. */
  message: string;
  /** 1-based line in the submitted source. */
  line?: number | undefined;
  /** 1-based column in the submitted source. */
  column?: number | undefined;
  /** The lines around the place, with a caret under the column. */
  frame?: string | undefined;
  /** The name of the limit that was hit, as in `welcome.limits`. */
  limit?: string | undefined;
  /** With `cell_not_found`. */
  reason?: CellNotFoundReason | undefined;
}
