import { expect } from "vitest";
import type { ServerFrame } from "../../src/protocol/server-frames.ts";
import type { FakeCell } from "../support/fake-executor.ts";

/** What is known of one cell from both of its ends: what its code did, and what clients were told. */
export class CellRecord {
  readonly fake: FakeCell;
  /** Texts that it put out, in order. No text occurs twice. */
  readonly emitted: string[] = [];
  /** How many of them clients have acknowledged. */
  acknowledged = 0;
  hasStarted = false;
  isClosed = false;
  readonly writes: { [key: string]: string } = {};
  /** Whether its writes were found among the stored values when it ended. Undefined: it had none, or lives. */
  merged: boolean | undefined;
  /** Offers of each of its calls, on all turns. */
  readonly offers = new Map<string, number>();

  constructor(fake: FakeCell) {
    this.fake = fake;
  }
}

type FrameAbout = Extract<ServerFrame, { cellId: string }>;

/** All cells of a session, over all its turns. */
export class Ledger {
  readonly cells = new Map<string, CellRecord>();
  /** Texts of all notifications, in order. No text occurs twice. */
  readonly notifications: string[] = [];
  /** How many of them clients have acknowledged. */
  acknowledgedNotifications = 0;

  add(fake: FakeCell): void {
    this.cells.set(fake.cellId, new CellRecord(fake));
  }

  /** Checks what holds for every frame about a cell, whatever turn it is sent on. */
  hear(frame: FrameAbout): void {
    if (frame.type === "result" && frame.error?.code === "cell_not_found") return;
    const cell = this.cells.get(frame.cellId);
    if (!cell) throw new Error(`C1: expected started first, got ${frame.type}`);
    // What was lost on the way is said again.
    const isSaidAgain = frame.type === "notify" || frame.type === "started";
    expect(cell.isClosed && !isSaidAgain, `C13: expected nothing after cell_closed, got ${frame.type}`).toBe(false);
    switch (frame.type) {
      case "cell_closed":
        cell.isClosed = true;
        return;
      case "tool_call": {
        const attempt = (cell.offers.get(frame.callId) ?? 0) + 1;
        expect(frame.attempt ?? 1, "T6: attempts are counted").toBe(attempt);
        cell.offers.set(frame.callId, attempt);
        return;
      }
      case "result":
      case "terminated":
        expect(cell.fake.hasEnded, `C11: ${frame.type} only when the isolate is gone`).toBe(true);
        if (cell.merged !== undefined) expect(cell.merged, "V2").toBe(frame.type === "result");
        return;
      case "cell_finished":
        expect(cell.fake.hasEnded).toBe(true);
        return;
      case "started":
      case "notify":
      case "content":
      case "yielded":
    }
  }
}
