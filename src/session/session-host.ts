import type { Notification, ToolCall } from "../protocol/host.ts";
import type { CellClosedReason, ToolCancelReason } from "../protocol/server-frames.ts";
import type { ToolSet } from "../tools/tool-set.ts";

/**
 * The host as a session sees it: the turn that is attached. Its methods put frames on their way and return at once; none
 * throws, and what they cannot say any more (the socket is closing) is dropped, for the session offers it again.
 */
export interface SessionHost {
  /** The tools for cells that start now. */
  readonly tools: ToolSet;
  /** Whether this host ever declared the tool, so that it can answer for it. */
  answersFor(toolName: string): boolean;
  /** Offers a call. False: it does not fit a frame. */
  offer(call: ToolCall): boolean;
  cancelCall(callId: string, reason: ToolCancelReason): void;
  notify(notification: Notification): void;
  cellFinished(cellId: string, ok: boolean): void;
  cellClosed(cellId: string, reason: CellClosedReason): void;
  /** A newer host took over: this one is over. */
  takenOver(): void;
}
