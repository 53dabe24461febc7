import { describe, expect, test } from "vitest";
import type { CellEnd, CellEvent } from "../../src/executor/executor.ts";
import { LiveCells } from "../../src/session/live-cells.ts";
import { FakeExecutor } from "../support/fake-executor.ts";
import { finished, lost, stopped } from "./cell-fixture.ts";

/** Places for so many cells, and a queue for others; a cell is named by its session's letter and a number. */
function setUp(cells: number, queuedCells = 1_000) {
  const executor = new FakeExecutor();
  const live = new LiveCells({ cells, queuedCells }, executor);
  const heard: { [cellId: string]: CellEvent["type"][] } = {};
  const start = (cellId: string, storedValues = new Map<string, string>()) => {
    heard[cellId] = [];
    const cell = { cellId, sessionId: cellId.slice(0, 1), source: "code", tools: [] };
    return live.start(
      cell,
      () => storedValues,
      (events) => heard[cellId]!.push(...events.map(({ type }) => type)),
    );
  };
  return {
    executor,
    live,
    heard,
    start,
    /** All that were handed to the executor, in order. */
    begun: () => executor.cells.map(({ cellId }) => cellId),
    end: (cellId: string, end?: CellEnd) => executor.cell(cellId).end(end),
  };
}

describe("B3: a place", () => {
  test("is had at once while there is one", () => {
    const { begun, start } = setUp(2);
    for (const cell of ["a1", "a2", "a3"]) start(cell);
    expect(begun()).toEqual(["a1", "a2"]);
  });

  test("that gets free goes to the sessions in turn, and within one to the cell that came first", () => {
    const { begun, end, start } = setUp(1);
    for (const cell of ["a0", "a1", "a2", "a3", "b1", "c1", "c2"]) start(cell);
    for (const cell of ["a0", "a1", "b1", "c1", "a2", "c2"]) end(cell);
    expect(begun()).toEqual(["a0", "a1", "b1", "c1", "a2", "c2", "a3"]);
  });

  test("is not given to a cell that comes while others wait", () => {
    const { begun, end, start } = setUp(1);
    for (const cell of ["a0", "a1"]) start(cell);
    end("a0");
    start("b1");
    expect(begun()).toEqual(["a0", "a1"]);
  });

  test.each<[string, CellEnd]>([
    ["finished", finished],
    ["threw", { how: "failed", error: { code: "script_error", message: "Error: no" } }],
    ["hit a limit of its isolate", { how: "failed", error: { code: "memory_limit", message: "too much" } }],
    ["lost its process", lost],
    ["was terminated", stopped],
  ])("is free, once, when a cell %s", (_, how) => {
    const { begun, end, start } = setUp(1);
    for (const cell of ["a0", "a1", "a2"]) start(cell);
    end("a0", how);
    expect(begun()).toEqual(["a0", "a1"]);
    end("a1", how);
    end("a2", how);
    // Nobody waits: the next one has it at once, and only that one.
    start("a3");
    start("a4");
    expect(begun()).toEqual(["a0", "a1", "a2", "a3"]);
  });

  test("is taken until the isolate is gone, though the cell was told to terminate", () => {
    const { begun, end, executor, start } = setUp(1);
    const cell = start("a0");
    start("a1");
    cell.terminate();
    expect([begun(), executor.cell("a0").terminations]).toEqual([["a0"], 1]);
    end("a0", stopped);
    expect(begun()).toEqual(["a0", "a1"]);
  });

  test("is passed on only when the end was heard: what its cell stored is seen by the next", () => {
    const executor = new FakeExecutor();
    const live = new LiveCells({ cells: 1, queuedCells: 1 }, executor);
    const order: string[] = [];
    for (const cellId of ["first", "second"]) {
      const cell = { cellId, sessionId: "s", source: "code", tools: [] };
      const snapshot = () => {
        order.push(`${cellId} begins`);
        return new Map<string, string>();
      };
      live.start(cell, snapshot, () => order.push(`${cellId} is heard`));
    }
    executor.latest.end();
    expect(order).toEqual(["first begins", "first is heard", "second begins"]);
  });
});

describe("B3: a cell that waits for its place", () => {
  test("is heard of only when it runs, and is then as any other", () => {
    const { end, executor, heard, start } = setUp(1);
    start("a0");
    const cell = start("a1", new Map([["k", "1"]]));
    cell.answer(1, { ok: true });
    expect(heard["a1"]).toEqual([]);
    end("a0");
    const fake = executor.cell("a1").started();
    fake.call("t");
    cell.answer(1, { ok: true, json: "2" });
    cell.terminate();
    expect(fake.start).toEqual({
      cellId: "a1",
      sessionId: "a",
      source: "code",
      tools: [],
      storedValues: new Map([["k", "1"]]),
    });
    expect([fake.answers, fake.terminations]).toEqual([[{ call: 1, answer: { ok: true, json: "2" } }], 1]);
    fake.end(stopped);
    expect(heard["a1"]).toEqual(["started", "tool_call", "ended"]);
  });

  test("ends at once where it is terminated, once, and never runs", () => {
    const { begun, end, heard, start } = setUp(1);
    start("a0");
    const [cell] = [start("a1"), start("a2")];
    cell.terminate();
    cell.terminate();
    expect(heard["a1"]).toEqual(["ended"]);
    end("a0");
    expect(begun()).toEqual(["a0", "a2"]);
  });
});

describe("B3: the queue is full", () => {
  test("only when every place is taken and as many wait as may", () => {
    const { end, live, start } = setUp(2, 1);
    const fullAfter = (act: () => unknown) => [act(), live.isFull][1];
    expect([
      fullAfter(() => start("a0")),
      fullAfter(() => start("a1")),
      fullAfter(() => start("b0")),
      fullAfter(() => end("a0")),
      fullAfter(() => start("c0")),
    ]).toEqual([false, false, true, false, true]);
  });

  test("no more when one that waits is terminated", () => {
    const { live, start } = setUp(1, 1);
    start("a0");
    const waiting = start("a1");
    expect(live.isFull).toBe(true);
    waiting.terminate();
    expect(live.isFull).toBe(false);
  });
});
