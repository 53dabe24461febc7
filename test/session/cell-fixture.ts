import type { RunningCell } from "../../src/executor/executor.ts";
import type { Waiter } from "../../src/session/waiter.ts";
import { ByteBudget } from "../../src/session/byte-budget.ts";
import { Cell, type CellOptions } from "../../src/session/cell.ts";
import { Output } from "../../src/session/output.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { type Got, RecordingWaiter } from "./recording-waiter.ts";

const BUDGET = 1_000;

/** A cell alone, with all that it is told and tells: it was handed to an executor and has not started. */
export function queuedCell(options: Partial<CellOptions> = {}) {
  const clock = new FakeClock();
  const budget = new ByteBudget(BUDGET);
  /** What it told the session, and the stops that it asked of the executor. */
  const told: string[] = [];
  const run: RunningCell = { answer: () => {}, terminate: () => told.push("stop") };
  const cell = new Cell({
    cellId: "c",
    maxWallMs: 60_000,
    clock,
    output: new Output({ unreadBytes: BUDGET, unreadItems: BUDGET }, budget),
    onUnread: () => told.push("unread"),
    onAnswered: () => told.push("answered"),
    onTaken: () => told.push("taken"),
    ...options,
  });
  cell.runs(run);
  return {
    cell,
    clock,
    told,
    /** Bytes of content that are unread or unacknowledged. */
    used: () => BUDGET - budget.free,
    put: (...texts: string[]) => {
      for (const text of texts) cell.content({ type: "text", text });
      cell.flush();
    },
    /** A waiter that the cell took. */
    wait: (rest: Partial<Waiter> = {}) => {
      const waiter = new RecordingWaiter(rest);
      if (!cell.attach(waiter)) throw new Error("the waiter was refused: there is another");
      return waiter;
    },
    /** A terminator that the cell took. */
    terminate: (rest: Partial<Waiter> = {}) => {
      const terminator = new RecordingWaiter(rest);
      if (!cell.terminate(terminator)) throw new Error("the terminator was refused: there is another");
      return terminator;
    },
  };
}

/** A cell whose code runs. */
export function runningCell(options: Partial<CellOptions> = {}) {
  const fixture = queuedCell(options);
  fixture.cell.started();
  return fixture;
}

export const finished = { how: "finished" } as const;
export const stopped = { how: "terminated" } as const;
export const lost = {
  how: "failed",
  error: { code: "executor_lost", message: "exec runtime ended unexpectedly" },
} as const;

export const yielded = (...content: string[]): Got => ({ kind: "yielded", content });
export const result = (...content: string[]): Got => ({ kind: "result", content });
export const terminated = (...content: string[]): Got => ({ kind: "terminated", content });
