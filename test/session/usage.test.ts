import { describe, expect, test } from "vitest";
import type { CellUsage } from "../../src/protocol/values.ts";
import type { Answer, Waiter } from "../../src/session/waiter.ts";
import { finished, lost, queuedCell, runningCell, stopped } from "./cell-fixture.ts";
import { openSession } from "./session-fixture.ts";

/** A waiter that keeps the usage of its answer. */
function usageWaiter(): { readonly waiter: Waiter; readonly got: (CellUsage | undefined)[] } {
  const got: (CellUsage | undefined)[] = [];
  const answer = ({ usage }: Answer) => void got.push(usage);
  return { got, waiter: { owner: {}, id: 1, yieldMs: null, stream: false, takes: true, content: () => {}, answer } };
}

describe("B2: what a cell used is in its outcome", () => {
  test("B2: wall time from its start, the executor's latest figures, and its calls", () => {
    const { cell, clock } = queuedCell();
    const { waiter, got } = usageWaiter();
    cell.attach(waiter);
    clock.advance(1_000);
    cell.started();
    cell.usage.called();
    cell.usage.called();
    cell.usage.measured({ cpuMs: 10, heapBytes: 1_000 });
    clock.advance(250.4);
    cell.usage.measured({ cpuMs: 30, heapBytes: 500 });
    cell.ended(finished);
    expect(got).toEqual([{ wallMs: 250, cpuMs: 30, heapBytes: 500, toolCalls: 2 }]);
  });

  test("B2: wall time counts from when it started, and not from when that was heard", () => {
    const { cell, clock } = queuedCell();
    const { waiter, got } = usageWaiter();
    cell.attach(waiter);
    clock.advance(10);
    cell.started(4);
    clock.advance(1);
    cell.ended(finished);
    expect(got).toMatchObject([{ wallMs: 5 }]);
  });

  test("B2: a yield has none, and the wait after it that of the whole life", () => {
    const { cell, clock } = runningCell();
    const [first, second] = [usageWaiter(), usageWaiter()];
    cell.attach(first.waiter);
    clock.advance(100);
    cell.yieldNow();
    clock.advance(100);
    cell.ended(finished);
    clock.advance(5_000);
    cell.attach(second.waiter);
    expect([first.got, second.got]).toEqual([
      [undefined],
      [{ wallMs: 200, cpuMs: 0, heapBytes: undefined, toolCalls: 0 }],
    ]);
  });

  test("C11: a termination tells it to the terminator and to the waiter", () => {
    const { cell, clock } = runningCell();
    const [waiting, terminating] = [usageWaiter(), usageWaiter()];
    cell.attach(waiting.waiter);
    cell.terminate(terminating.waiter);
    clock.advance(3);
    cell.ended(stopped);
    expect([waiting.got, terminating.got]).toMatchObject([[{ wallMs: 3 }], [{ wallMs: 3 }]]);
  });

  test("B2: a cell that never ran has none", () => {
    const { cell } = queuedCell();
    const { waiter, got } = usageWaiter();
    cell.attach(waiter);
    cell.ended(lost);
    expect(got).toEqual([undefined]);
  });
});

describe("B2, B5: what a cell uses goes from its executor to whoever asks", () => {
  test("B5: list_cells shows CPU time and heap as soon as the executor has told them", () => {
    const { run, session } = openSession();
    const cell = run();
    expect(session.listCells()[0]).not.toHaveProperty("cpuMs");
    cell.emit({ type: "usage", usage: { cpuMs: 260, heapBytes: 2_000_000 } });
    expect(session.listCells()).toMatchObject([{ state: "running", cpuMs: 260, heapBytes: 2_000_000 }]);
    cell.emit({ type: "ended", end: finished, usage: { cpuMs: 300, heapBytes: 1_000_000 } });
    expect(session.listCells()).toMatchObject([{ state: "finished", cpuMs: 300, heapBytes: 1_000_000 }]);
  });

  test("B2: the figures at the end count, and calls that nobody answered do, too", () => {
    const { attach, clock, run, session } = openSession();
    const host = attach("t");
    const cell = run({}, host);
    const { waiter, got } = usageWaiter();
    session.wait(cell.cellId, waiter);
    cell.call("t");
    cell.emit({ type: "usage", usage: { cpuMs: 260 } });
    clock.advance(400);
    cell.emit({ type: "ended", end: finished, usage: { cpuMs: 300 } });
    expect(got).toEqual([{ wallMs: 400, cpuMs: 300, heapBytes: undefined, toolCalls: 1 }]);
  });

  test("C14: a cell whose executor is lost keeps the figures that were told before", () => {
    const { run, session } = openSession();
    const cell = run();
    const { waiter, got } = usageWaiter();
    session.wait(cell.cellId, waiter);
    cell.emit({ type: "usage", usage: { cpuMs: 260, heapBytes: 5 } });
    cell.lose();
    expect(got).toMatchObject([{ cpuMs: 260, heapBytes: 5 }]);
  });

  test("B2, V2: a cell that its executor ends with cpu_limit keeps its content and its writes", () => {
    const { run, session, wait } = openSession();
    const cell = run();
    const waiter = wait(cell);
    cell.put("a");
    cell.write("k", 1);
    const error = { code: "cpu_limit", message: "used too much", limit: "maxCpuMs" } as const;
    cell.end({ how: "failed", error });
    expect(waiter.got).toEqual([{ kind: "result", content: ["a"], error }]);
    expect(session.storedValues()).toEqual({ k: 1 });
  });

  test("C11: a cell that is being terminated when its executor ends it with cpu_limit is terminated", () => {
    const { run, session, terminate } = openSession();
    const cell = run();
    cell.write("k", 1);
    const terminator = terminate(cell);
    cell.end({ how: "failed", error: { code: "cpu_limit", message: "used too much", limit: "maxCpuMs" } });
    expect(terminator.got).toEqual([{ kind: "terminated", content: [] }]);
    expect(session.storedValues()).toEqual({});
  });
});
