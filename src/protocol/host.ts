import type { JsonValue, ToolKind } from "./values.ts";

/** A call of a tool by a cell, as the host sees it. */
export interface ToolCall {
  /** Never repeats in the session. */
  readonly callId: string;
  readonly cellId: string;
  /** The tool's name as declared. */
  readonly name: string;
  readonly kind: ToolKind;
  /** The call's first argument. Absent: the call had none. */
  readonly input?: JsonValue | undefined;
  /** Counts the offers of this call, from 1. Above 1 an earlier host may have run it already (rule T6). */
  readonly attempt: number;
  /** Milliseconds that the tool declared for it. */
  readonly timeoutMs?: number | undefined;
  /** The call's place in a trace (W3C Trace Context), to be gone on with in what the tool does. */
  readonly traceparent?: string | undefined;
}

/** Text that a cell pushed with `notify()`. */
export interface Notification {
  readonly cellId: string;
  /** The `toolCallId` of the cell's `execute`. */
  readonly toolCallId?: string | undefined;
  readonly text: string;
}

/**
 * Whoever answers for the cells' tools: the agent's side of a turn. Calls come concurrently, and none waits for
 * another. A rejection rejects the call in the cell and disturbs nothing else. `signal` is aborted when the answer is no
 * longer wanted; a late answer is ignored. Notifications come one after another, in order; a failing `notify` is
 * reported and delays nobody.
 */
export interface Host {
  /** Resolves to the tool's result: a JSON value, or undefined for none. */
  invokeTool(call: ToolCall, signal: AbortSignal): Promise<unknown>;
  notify(notification: Notification): void | Promise<void>;
}
