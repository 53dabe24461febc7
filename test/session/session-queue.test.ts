import { describe, expect, test } from "vitest";
import type { FakeCell } from "../support/fake-executor.ts";
import { lost, result, stopped, terminated, yielded } from "./cell-fixture.ts";
import { openSession, refusalOf } from "./session-fixture.ts";

/** A session whose one place is taken, and a cell that waits for it. */
function queued(limits: Parameters<typeof openSession>[0] = {}) {
  const opened = openSession({ cells: 1, ...limits });
  const host = opened.attach("t");
  const running = opened.run({}, host);
  const { cellId } = opened.accept({}, host);
  /** The one that runs ends, so that the other is handed to the executor. */
  const handOver = () => {
    running.end();
    return opened.executor.cell(cellId);
  };
  return { ...opened, host, running, waiting: { cellId }, handOver };
}

describe("B3: a cell without a place", () => {
  test("C1: is accepted like any other, and nothing of it is heard before it runs", () => {
    const { executor, host, session, waiting } = queued();
    expect(executor.cells.length).toBe(1);
    expect(session.listCells()[1]).toMatchObject({ cellId: waiting.cellId, state: "queued" });
    expect(host.log).toEqual([]);
  });

  test("C3: has its yield timer set when it runs, not when it has a place", () => {
    const { clock, handOver, wait, waiting } = queued();
    const waiter = wait(waiting, { yieldMs: 100 });
    clock.advance(5_000);
    const cell = handOver();
    clock.advance(5_000);
    expect(waiter.got).toEqual([]);
    cell.started().put("a");
    clock.advance(99);
    expect(waiter.got).toEqual([]);
    clock.advance(1);
    expect(waiter.got).toEqual([yielded("a")]);
  });

  test("C5: answers at once with yieldMs 0, and runs later", () => {
    const { handOver, wait, waiting } = queued();
    expect(wait(waiting, { yieldMs: 0 }).got).toEqual([yielded()]);
    handOver().started().end();
    expect(wait(waiting).got).toEqual([result()]);
  });

  test("C5: with null it yields neither in the queue nor later", () => {
    const { clock, handOver, wait, waiting } = queued();
    const waiter = wait(waiting, { yieldMs: null });
    clock.advance(1_000_000);
    const cell = handOver().started();
    clock.advance(1_000_000);
    expect(waiter.got).toEqual([]);
    cell.end();
    expect(waiter.got).toEqual([result()]);
  });

  test("C10: yields where it is asked to, and a wait for it can be taken back", () => {
    const { session, wait, waiting } = queued();
    const owner = {};
    const first = wait(waiting, { owner, id: 1 });
    session.yieldNow(waiting.cellId, owner, 1);
    expect(first.got).toEqual([yielded()]);
    wait(waiting, { owner, id: 2 });
    expect(session.cancelWait(waiting.cellId, owner, 2)).toBe(true);
  });

  test("B2: has all of its maxWallMs when it runs", () => {
    const { clock, handOver } = queued({ maxWallMs: 1_000 });
    clock.advance(999);
    const cell = handOver();
    clock.advance(5_000);
    cell.started();
    clock.advance(999);
    expect(cell.terminations).toBe(0);
    clock.advance(1);
    expect(cell.terminations).toBe(1);
  });

  test("V1: sees what was stored while it waited, by the cell before it and by the host", () => {
    const { handOver, running, session } = queued();
    session.replaceStoredValues({ host: 1 });
    running.write("cell", 2);
    const cell = handOver();
    session.replaceStoredValues({});
    expect(cell.start.storedValues).toEqual(
      new Map([
        ["host", "1"],
        ["cell", "2"],
      ]),
    );
  });

  test("T1: has the tools that its execute enabled, whatever was declared since", () => {
    const { attach, handOver } = queued();
    attach("u");
    expect(handOver().start.tools.map(({ identifier }) => identifier)).toEqual(["t"]);
  });

  test("C14: is not touched by the loss of an executor, and gets the lost cell's place", () => {
    const { executor, running, wait, waiting } = queued();
    const waiter = wait(waiting);
    running.end(lost);
    executor.cell(waiting.cellId).started().end();
    expect(waiter.got).toEqual([result()]);
  });
});

describe("C11: terminate of a cell without a place", () => {
  test("is answered at once, to the waiter too, and the cell never runs", () => {
    const { executor, host, running, session, terminate, wait, waiting } = queued();
    const waiter = wait(waiting);
    const terminator = terminate(waiting);
    expect([waiter.got, terminator.got]).toEqual([[terminated()], [terminated()]]);
    waiter.acknowledge();
    expect(host.log).toEqual([`closed ${waiting.cellId} taken`]);
    expect(session.listCells().map(({ cellId }) => cellId)).toEqual([running.cellId]);
    running.end();
    expect(executor.cells).toEqual([running]);
  });

  test("makes room in the queue and among the session's cells, and for no cell more than one", () => {
    const { accept, executor, running, terminate, waiting } = queued({ queuedCells: 1, cellsPerSession: 2 });
    terminate(waiting);
    const next = accept();
    expect(refusalOf(accept).code).toBe("too_many_cells");
    running.end(stopped);
    expect(executor.cells.map(({ cellId }) => cellId)).toEqual([running.cellId, next.cellId]);
  });

  test("without a waiter: its own acknowledgement takes the outcome", () => {
    const { host, terminate, waiting } = queued();
    terminate(waiting).acknowledge();
    expect(host.log).toEqual([`closed ${waiting.cellId} taken`]);
  });

  test("that comes when it has its place waits for the isolate, as with any other", () => {
    const { handOver, terminate, waiting } = queued();
    const cell = handOver();
    const terminator = terminate(waiting);
    expect([cell.terminations, terminator.got]).toEqual([1, []]);
    cell.end(stopped);
    expect(terminator.got).toEqual([terminated()]);
  });
});

describe("the end of a session with cells in the queue", () => {
  test("takes them out at once, and waits only for those that run", () => {
    const { accept, executor, host, running, session, wait, waiting } = queued();
    const [waiter, unheard] = [wait(waiting), accept()];
    let ended = 0;
    session.end(() => (ended += 1));
    expect([waiter.got, ended]).toEqual([[terminated()], 0]);
    running.end(stopped);
    expect([executor.cells, ended]).toEqual([[running], 1]);
    expect(host.log).toEqual([
      `finished ${unheard.cellId} not ok`,
      `finished ${running.cellId} not ok`,
      `closed ${running.cellId} session_ended`,
      `closed ${waiting.cellId} session_ended`,
      `closed ${unheard.cellId} session_ended`,
      "session ended",
    ]);
  });
});

const waysToEnd: { [way: string]: (cell: FakeCell, opened: ReturnType<typeof openSession>) => void } = {
  "runs to its end": (cell) => cell.started().end(),
  throws: (cell) => cell.started().fail("Error: no"),
  "loses its executor": (cell) => cell.started().lose(),
  "loses its executor before it runs": (cell) => cell.lose(),
  "is terminated": (cell, { terminate }) => {
    terminate(cell.started());
    cell.end(stopped);
  },
  "is terminated before it runs": (cell, { terminate }) => {
    terminate(cell);
    cell.end(stopped);
  },
  "ends while it is being terminated": (cell, { terminate }) => {
    terminate(cell.started());
    cell.end();
  },
  "is terminated when it has ended": (cell, { terminate }) => {
    cell.started().end();
    terminate(cell);
  },
  "hits a limit": (cell, { clock }) => {
    cell.started();
    clock.advance(100);
    cell.end(stopped);
  },
};

test.each(Object.entries(waysToEnd))("B3: a cell that %s gives back one place, its own", (_, end) => {
  const opened = openSession({ cells: 2, maxWallMs: 100 });
  const { accept, executor } = opened;
  for (let count = 0; count < 6; count++) accept();
  for (let ended = 1; ended <= 6; ended++) {
    end(
      executor.cells.find(({ hasEnded }) => !hasEnded)!,
      opened,
    );
    expect(executor.cells.length).toBe(Math.min(6, ended + 2));
  }
  // Both places are free, and there is no third.
  for (let count = 0; count < 3; count++) accept();
  expect(executor.cells.length).toBe(8);
});
