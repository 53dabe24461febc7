import { expect } from "vitest";
import type { ServerFrame } from "../../src/protocol/server-frames.ts";
import type { FakeCell, FakeExecutor } from "../support/fake-executor.ts";

/** What is known of one cell from both of its ends: what its code did, and what clients were told. */
export class CellRecord {
  readonly cellId: string;
  /** Texts that it put out, in order. No text occurs twice. */
  readonly emitted: string[] = [];
  /** How many of them clients have acknowledged. */
  acknowledged = 0;
  hasStarted = false;
  isClosed = false;
  readonly #executor: FakeExecutor;
  #fake: FakeCell | undefined;
  #wasWithdrawn = false;
  readonly writes: { [key: string]: string } = {};
  /** Whether its writes were found among the stored values when it ended. Undefined: it had none, or lives. */
  merged: boolean | undefined;
  /** Offers of each of its calls, on all turns. */
  readonly offers = new Map<string, number>();

  constructor(cellId: string, executor: FakeExecutor) {
    this.cellId = cellId;
    this.#executor = executor;
  }

  /** Its code. Undefined: it waits for its place, or never got one. */
  get fake(): FakeCell | undefined {
    this.#fake ??= this.#executor.cells.find(({ cellId }) => cellId === this.cellId);
    if (this.#wasWithdrawn) expect(this.#fake, "C11: what is terminated in the queue never runs").toBeUndefined();
    return this.#fake;
  }

  /** Its code, if it has a place. */
  get live(): FakeCell | undefined {
    const { fake } = this;
    return fake?.hasEnded === false ? fake : undefined;
  }

  /** Clients were told of its end. */
  hearEnd(frame: Extract<ServerFrame, { type: "result" | "terminated" | "cell_finished" }>): void {
    const { fake } = this;
    if (fake) return expect(fake.hasEnded, `C11: ${frame.type} only when the isolate is gone`).toBe(true);
    expect(frame.type, "B3: a cell ends in the queue by termination alone").not.toBe("result");
    this.#wasWithdrawn = true;
  }
}

type FrameAbout = Extract<ServerFrame, { cellId: string }>;

/** All cells of a session, over all its turns. */
export class Ledger {
  readonly cells = new Map<string, CellRecord>();
  readonly #executor: FakeExecutor;
  /** Texts of all notifications, in order. No text occurs twice. */
  readonly notifications: string[] = [];
  /** How many of them clients have acknowledged. */
  acknowledgedNotifications = 0;

  constructor(executor: FakeExecutor) {
    this.#executor = executor;
  }

  /** Checks what holds for every frame about a cell, whatever turn it is sent on. */
  hear(frame: FrameAbout): void {
    if (frame.type === "result" && frame.error?.code === "cell_not_found") return;
    const cell = this.cells.get(frame.cellId);
    if (!cell) {
      expect(frame.type, "C1: started comes first").toBe("started");
      return void this.cells.set(frame.cellId, new CellRecord(frame.cellId, this.#executor));
    }
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
        cell.hearEnd(frame);
        if (cell.merged !== undefined) expect(cell.merged, "V2").toBe(frame.type === "result");
        return;
      case "cell_finished":
        return cell.hearEnd(frame);
      case "started":
      case "notify":
      case "content":
      case "yielded":
    }
  }
}
