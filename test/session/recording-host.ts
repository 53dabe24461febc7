import type { Notification, ToolCall } from "../../src/protocol/host.ts";
import type { CellClosedReason, ToolCancelReason } from "../../src/protocol/server-frames.ts";
import type { SessionHost } from "../../src/session/session-host.ts";
import type { Receipt } from "../../src/session/waiter.ts";
import { ToolSet } from "../../src/tools/tool-set.ts";

/** A host that writes down, in order and in short, all that it is told. */
export class RecordingHost implements SessionHost {
  readonly tools: ToolSet;
  connected = true;
  takes = true;
  /** `call <callId> <attempt>`, `notify <text>`, `finished <cellId> ok` … */
  readonly log: string[] = [];
  readonly calls: ToolCall[] = [];
  readonly notifications: Notification[] = [];
  /** Of the notifications. */
  readonly receipts: Receipt[] = [];
  /** What it says of an offer: false for one that does not fit a frame. */
  fits: (call: ToolCall) => boolean = () => true;

  constructor(...tools: string[]) {
    this.tools = new ToolSet(tools.map((name) => ({ name, description: `does ${name}` })));
  }

  answersFor(toolName: string): boolean {
    return this.tools.get(toolName) !== undefined;
  }

  offer(call: ToolCall): boolean {
    if (!this.fits(call)) return false;
    this.calls.push(call);
    this.log.push(`call ${call.callId} ${call.attempt}`);
    return true;
  }

  cancelCall(callId: string, reason: ToolCancelReason): void {
    this.log.push(`cancel ${callId} ${reason}`);
  }

  notify(notification: Notification, receipt: Receipt): void {
    this.notifications.push(notification);
    this.receipts.push(receipt);
    this.log.push(`notify ${notification.text}`);
  }

  cellFinished(cellId: string, ok: boolean): void {
    this.log.push(`finished ${cellId} ${ok ? "ok" : "not ok"}`);
  }

  cellClosed(cellId: string, reason: CellClosedReason): void {
    this.log.push(`closed ${cellId} ${reason}`);
  }

  takenOver(): void {
    this.log.push("taken over");
  }

  sessionEnded(): void {
    this.log.push("session ended");
  }
}
