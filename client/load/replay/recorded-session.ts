import type { ToolErrorFrame, ToolResultFrame } from "../../../src/protocol/client-frames.ts";
import type { JsonValue, ToolDefinition } from "../../../src/protocol/values.ts";
import type { FollowUpFrame, RequestFrame } from "../../requests.ts";
import type { CellBook } from "./cell-book.ts";

/** A session of a trace: what its client did, and what came of it. */
export interface RecordedSession {
  /** For messages. */
  readonly name: string;
  /** What its first turn declared. */
  readonly tools: readonly ToolDefinition[];
  /** What its client did, in order. */
  readonly actions: readonly RecordedAction[];
  /** By the ids that they had. */
  readonly cells: ReadonlyMap<string, RecordedCell>;
  /** Codes with which requests were refused, by their keys. */
  readonly refusals: ReadonlyMap<string, string>;
  /** Whether frames of the gateway were left out of the trace, so that content may be missing. */
  readonly isPartial: boolean;
}

/** A cell of a trace. */
export interface RecordedCell {
  /** Of its `execute`. */
  readonly key: string;
  readonly book: CellBook;
  /** In the order in which they were offered. */
  readonly calls: readonly RecordedCall[];
}

/** A tool call of a trace, and what the host made of it. */
export interface RecordedCall {
  readonly name: string;
  readonly input: JsonValue | undefined;
  /** Milliseconds from the offer to the answer, and that. Absent: there was none. */
  readonly answer: { readonly afterMs: number; readonly frame: ToolResultFrame | ToolErrorFrame } | undefined;
}

/** Something that a client did. `key` is a request's turn and id, which are in no other of the session. */
export type Deed =
  | { readonly type: "request"; readonly key: string; readonly frame: RequestFrame }
  | { readonly type: "follow"; readonly key: string; readonly tag: FollowUpFrame["type"] }
  /** The socket was lost. */
  | { readonly type: "cut" }
  /** The socket was closed in good order. */
  | { readonly type: "leave" }
  /** Another socket: for the same turn, or with `tools` for the next one. */
  | { readonly type: "return"; readonly tools: readonly ToolDefinition[] | undefined };

/** When it was done. */
export type RecordedAction = Deed & {
  /** Milliseconds from the beginning of the session. */
  readonly atMs: number;
  /**
   * What had come since the action before, for whoever acted may have acted because of it: the last answers of these
   * requests, and, by {@link startOf}, the first ones of these.
   */
  readonly awaits: readonly string[];
};

/** Stands for the `started` of a request, as its key does for its last answer. */
export function startOf(key: string): string {
  return `start of ${key}`;
}
