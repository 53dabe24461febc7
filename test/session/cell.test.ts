import { describe, expect, test } from "vitest";
import type { CellEnd } from "../../src/executor/executor.ts";
import { collectGarbage } from "../support/garbage.ts";
import { finished, lost, queuedCell, result, runningCell, stopped, yielded } from "./cell-fixture.ts";
import { RecordingWaiter } from "./recording-waiter.ts";

describe("a cell goes through its phases", () => {
  test("queued, running, finished, answered: the outcome is told to a waiter, and taken when it acknowledges", () => {
    const { cell, told, wait } = queuedCell();
    expect([cell.phase, cell.isLive]).toEqual(["queued", true]);
    cell.started();
    expect([cell.phase, cell.isLive]).toEqual(["running", true]);
    cell.ended(finished);
    expect([cell.phase, cell.isLive, cell.ok]).toEqual(["finished", false, true]);
    const waiter = wait();
    expect(cell.phase).toBe("answered");
    waiter.acknowledge();
    expect(told).toEqual(["unread", "answered", "taken"]);
    cell.close();
    expect(cell.phase).toBe("closed");
  });

  test("a cell that fails before it starts has its outcome too", () => {
    const { cell, wait } = queuedCell();
    const waiter = wait();
    cell.ended(lost);
    expect(waiter.got).toEqual([{ ...result(), error: lost.error }]);
  });

  test("a cell that has ended does not hold what it ran in, however long its outcome waits", async () => {
    const { cell } = runningCell();
    const run = () => {
      const running = { answer() {}, terminate() {} };
      cell.runs(running);
      return new WeakRef<object>(running);
    };
    const running = run();
    await collectGarbage();
    expect(running.deref()).toBeDefined();
    cell.ended(finished);
    await collectGarbage();
    expect(running.deref()).toBeUndefined();
    expect(cell.phase).toBe("finished");
  });

  test("no timer of a cell outlives it", () => {
    const { cell, clock, wait } = runningCell();
    wait({ yieldMs: 10_000 });
    expect(clock.pending).toBe(2);
    cell.ended(finished);
    expect(clock.pending).toBe(0);
  });

  test("its age counts from its making", () => {
    const { cell, clock } = queuedCell();
    clock.advance(1_234);
    expect(cell.ageMs).toBe(1_234);
  });
});

describe("C3: the yield timer", () => {
  test("C3: runs from when the cell runs, not from when it was asked for", () => {
    const { cell, clock, wait } = queuedCell();
    const waiter = wait({ yieldMs: 100 });
    clock.advance(5_000);
    cell.started();
    clock.advance(99);
    expect(waiter.got).toEqual([]);
    clock.advance(1);
    expect(waiter.got).toEqual([yielded()]);
    expect(cell.phase).toBe("running");
  });

  test("C3: gives the waiter all content so far", () => {
    const { clock, put, wait } = runningCell();
    put("before");
    const waiter = wait({ yieldMs: 100 });
    put("a", "b");
    clock.advance(100);
    expect(waiter.got).toEqual([yielded("before", "a", "b")]);
  });

  test("C3: does nothing when its waiter has its answer already", () => {
    const { cell, clock, put, wait } = runningCell();
    const first = wait({ yieldMs: 100 });
    cell.yieldNow();
    const second = wait({ yieldMs: 500 });
    put("a");
    clock.advance(100);
    expect([first.got, second.got]).toEqual([[yielded()], []]);
    clock.advance(400);
    expect(second.got).toEqual([yielded("a")]);
  });

  test("C5: with null, time never causes a yield", () => {
    const { clock, wait } = runningCell({ maxWallMs: 10_000_000 });
    const waiter = wait({ yieldMs: null });
    clock.advance(9_999_999);
    expect(waiter.got).toEqual([]);
  });

  test.each(["queued", "running"] as const)("C5: with 0, a %s cell answers at once", (phase) => {
    const { cell, wait } = phase === "queued" ? queuedCell() : runningCell();
    expect(cell.phase).toBe(phase);
    expect(wait({ yieldMs: 0 }).got).toEqual([yielded()]);
  });

  test("C5: with 0, a finished cell still answers with its outcome", () => {
    const { cell, put, wait } = runningCell();
    put("a");
    cell.ended(finished);
    expect(wait({ yieldMs: 0 }).got).toEqual([result("a")]);
  });
});

describe("C4, C10: a cell that is asked to yield", () => {
  test("C4: answers its waiter at once and runs on", () => {
    const { cell, put, wait } = runningCell();
    const waiter = wait();
    put("a");
    cell.yieldNow();
    expect(waiter.got).toEqual([yielded("a")]);
    expect(cell.phase).toBe("running");
  });

  test("C4: does nothing without a waiter: the content waits for the next", () => {
    const { cell, put, wait } = runningCell();
    put("a");
    cell.yieldNow();
    const waiter = wait();
    expect(waiter.got).toEqual([]);
    cell.ended(finished);
    expect(waiter.got).toEqual([result("a")]);
  });
});

describe("C9: a cell has one waiter", () => {
  test("C9: a second one is refused and does not displace the first", () => {
    const { cell, wait } = runningCell();
    const first = wait({ yieldMs: 100 });
    const second = new RecordingWaiter({ yieldMs: 1 });
    expect(cell.attach(second)).toBe(false);
    cell.ended(finished);
    expect([first.got, second.got]).toEqual([[result()], []]);
  });

  test("C9: when the first has its answer, another may wait", () => {
    const { cell, wait } = runningCell();
    wait();
    cell.yieldNow();
    expect(cell.attach(new RecordingWaiter())).toBe(true);
  });
});

describe("C10: a waiter that is taken back", () => {
  test("C10: gets no answer, and its content goes to the next", () => {
    const { cell, clock, put, wait } = runningCell();
    const owner = {};
    const first = wait({ owner, id: 7, yieldMs: 100 });
    put("a");
    expect(cell.detach(owner, 7)).toBe(true);
    clock.advance(1_000);
    const second = wait();
    cell.ended(finished);
    expect([first.got, second.got]).toEqual([[], [result("a")]]);
  });

  test.each([
    ["another request", true, 8],
    ["another turn", false, 7],
  ])("C10: is not mistaken for that of %s", (_, same, id) => {
    const { cell, wait } = runningCell();
    const owner = {};
    wait({ owner, id: 7 });
    const other = same ? owner : {};
    expect(cell.isAwaitedBy(other, id)).toBe(false);
    expect(cell.detach(other, id)).toBe(false);
    expect(cell.isAwaitedBy(owner, 7)).toBe(true);
  });

  test("C6: a turn that is over takes its waiter and its terminator along, and no other's", () => {
    const { cell, terminate, wait } = runningCell();
    const [over, other] = [{}, {}];
    const terminator = terminate({ owner: over, id: 2 });
    const waiter = wait({ owner: other, id: 1 });
    expect(cell.detach(over)).toBe(false);
    cell.ended(stopped);
    expect(terminator.got).toEqual([]);
    expect(waiter.got).toEqual([{ kind: "terminated", content: [] }]);
  });
});

describe("C13, C14: the outcome of a cell", () => {
  const broken = { code: "script_error", message: "Error: no" } as const;
  const refused = { code: "stored_values_limit", message: "writes that were not stored" } as const;

  test.each<[string, CellEnd, object]>([
    ["the code's own end", finished, {}],
    ["an error", { how: "failed", error: broken }, { error: broken }],
    ["the loss of the executor (C14)", lost, { error: lost.error }],
    ["an isolate that is gone though nobody asked for it (C14)", stopped, { error: lost.error }],
  ])("C13: after %s it has all content that is left, and the error", (_, end, error) => {
    const { cell, put, wait } = runningCell();
    const waiter = wait();
    put("a", "b");
    cell.ended(end);
    expect(waiter.got).toEqual([{ ...result("a", "b"), ...error }]);
  });

  test("V5: it carries what was wrong with the writes, unless the cell failed by itself", () => {
    const [fine, failed] = [runningCell(), runningCell()];
    fine.cell.ended(finished, refused);
    failed.cell.ended({ how: "failed", error: broken }, refused);
    expect(fine.wait().got).toEqual([{ ...result(), error: refused }]);
    expect(failed.wait().got).toEqual([{ ...result(), error: broken }]);
    expect([fine.cell.ok, failed.cell.ok]).toEqual([false, false]);
  });
});

describe("B2: the wall time", () => {
  const error = { code: "wall_limit", message: "exec cell ran longer than 500 ms", limit: "maxWallMs" } as const;

  test("B2: runs from the start of the cell, stops it, and its error is the outcome", () => {
    const { cell, clock, told, put, wait } = queuedCell({ maxWallMs: 500 });
    clock.advance(1_000);
    cell.started();
    const waiter = wait();
    put("a");
    clock.advance(499);
    expect(told).toEqual([]);
    clock.advance(1);
    expect([told, cell.phase, waiter.got]).toEqual([["stop"], "terminating", []]);
    cell.ended(stopped);
    expect(waiter.got).toEqual([{ ...result("a"), error }]);
  });

  test("V2: a limit does not discard the writes", () => {
    const { cell, clock } = runningCell({ maxWallMs: 500 });
    clock.advance(500);
    expect(cell.discardsWrites).toBe(false);
  });
});
