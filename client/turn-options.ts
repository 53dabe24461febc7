import type { Host } from "../src/protocol/host.ts";
import type { ContentItem } from "../src/protocol/values.ts";
import type { ConnectionOptions } from "./connection.ts";
import type { CellEvents } from "./host-side.ts";

/** What attaches a new turn to a session that lives. */
export interface SessionAccess {
  readonly id: string;
  readonly token: string;
}

/** Options of every request. */
export interface RequestOptions {
  /** Rejects the promise with the signal's reason when aborted. A late answer is ignored. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of {@link Turn.wait}. */
export interface WaitOptions extends RequestOptions {
  /**
   * Milliseconds of running after which the answer is `yielded`; 0: at once; null: never. Default: the gateway's
   * `limits.yieldMs`, 10,000 where it was not changed.
   */
  readonly yieldMs?: number | null | undefined;
  /**
   * Called with content as it appears. The outcome has all of it nevertheless, and what an aborted `wait` was given here is
   * not given again. What it throws goes to `onError`.
   */
  readonly onContent?: ((items: ContentItem[]) => void) | undefined;
}

/** Options of {@link Turn.execute}. */
export interface ExecuteOptions extends WaitOptions {
  /** The model's own id of the tool call that this is; notifications and `listCells` carry it back. */
  readonly toolCallId?: string | undefined;
  /** Narrows the tools to these names. Default: all. */
  readonly tools?: readonly string[] | undefined;
  /** Milliseconds after which the cell ends with `wall_limit`. Default and ceiling: one hour. */
  readonly maxWallMs?: number | undefined;
  /** The trace that the cell belongs to (`traceparent` of W3C Trace Context); its tools are told of it. */
  readonly traceparent?: string | undefined;
  /**
   * Called when the cell exists, before anything of it is heard; only where frames were missed, its calls and events may
   * come first. What it throws goes to `onError`.
   */
  readonly onStarted?: ((cellId: string) => void) | undefined;
}

/** Options of {@link Turn.run}. */
export type RunOptions = Omit<ExecuteOptions, "yieldMs">;

/** What a turn is made with. */
export interface TurnOptions extends CellEvents, Omit<ConnectionOptions, "listener"> {
  readonly host: Host;
  /** See `ConnectOptions`. */
  readonly onError?: ((error: unknown) => void) | undefined;
}
