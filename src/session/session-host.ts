import type { Notification, ToolCall } from "../protocol/host.ts";
import type { CellClosedReason, ToolCancelReason } from "../protocol/server-frames.ts";
import type { Receipt } from "./waiter.ts";

/**
 * The host as a session sees it: the turn that is attached. Its methods put frames on their way and return at once; none
 * throws, and what they cannot say now is kept, or the session is told by a receipt that it was lost.
 */
export interface SessionHost {
  /** Whether it has a socket: a session lives for a limited time without such a host. */
  readonly connected: boolean;
  /** Whether calls and notifications go out at once. They wait until then, and whoever is the host says so by `serve`. */
  readonly takes: boolean;
  /** Whether this host declares the tool, or did so lately: then it can answer for it. */
  answersFor(toolName: string): boolean;
  /** Offers a call. False: it does not fit a frame. */
  offer(call: ToolCall): boolean;
  cancelCall(callId: string, reason: ToolCancelReason): void;
  /** The receipt says what became of it. */
  notify(notification: Notification, receipt: Receipt): void;
  cellFinished(cellId: string, ok: boolean): void;
  cellClosed(cellId: string, reason: CellClosedReason): void;
  /** A newer host took over: this one is over. */
  takenOver(): void;
  /** The session is over, and all was said. */
  sessionEnded(): void;
}
