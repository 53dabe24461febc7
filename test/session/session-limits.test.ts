import { describe, expect, test } from "vitest";
import { stopped } from "./cell-fixture.ts";
import { openSession, refusalOf } from "./session-fixture.ts";

describe("B2, B3, B5: the cells of a session", () => {
  test("B3: past the session's bound, execute is refused and names the live cells", () => {
    const { clock, execute, run, session, terminate } = openSession({ cellsPerSession: 2 });
    const running = run({ toolCallId: "call_1" });
    clock.advance(1_500);
    const queued = execute();
    const failure = refusalOf(() => execute());
    expect([failure.code, failure.message]).toEqual([
      "too_many_cells",
      "the session has 2 live cells (cellsPerSession): wait for one, or terminate one",
    ]);
    expect(failure.cells).toEqual(session.listCells());
    const rest = { openCalls: 0, unreadBytes: 0 };
    expect(failure.cells).toEqual([
      { cellId: running.cellId, state: "running", ageMs: 1_500, toolCallId: "call_1", ...rest },
      { cellId: queued.cellId, state: "queued", ageMs: 0, ...rest },
    ]);
    terminate(running);
    expect(refusalOf(() => execute()).code).toBe("too_many_cells");
    running.end(stopped);
    execute();
  });

  test("B3: past the gateway's queue it is too", () => {
    const { accept, run, session } = openSession({ cells: 1, queuedCells: 2 });
    run();
    accept();
    accept();
    const failure = refusalOf(accept);
    expect([failure.code, failure.message]).toEqual([
      "too_many_cells",
      "the gateway's queue is full with 2 cells (queuedCells): try again later, or terminate a cell",
    ]);
    expect(failure.cells).toEqual(session.listCells());
    expect(failure.cells?.map(({ state }) => state)).toEqual(["running", "queued", "queued"]);
  });

  test("B3: a cell that waits in the queue is one of the session's live cells", () => {
    const { accept, run } = openSession({ cells: 1, cellsPerSession: 2 });
    run();
    accept();
    expect(refusalOf(accept).message).toMatch(/^the session has 2 live cells \(cellsPerSession\)/);
  });

  test("B5: each is listed with its state, age, open calls and unread bytes until it is closed", () => {
    const { attach, clock, run, session, terminate, wait } = openSession();
    const host = attach("t");
    const [calling, ended] = [run({}, host), run({}, host)];
    calling.call("t");
    calling.call("t");
    ended.put("four");
    ended.end();
    clock.advance(10);
    const rest = { ageMs: 10, toolCallId: undefined };
    expect(session.listCells()).toEqual([
      { cellId: calling.cellId, state: "running", openCalls: 2, unreadBytes: 0, ...rest },
      { cellId: ended.cellId, state: "finished", openCalls: 0, unreadBytes: 4, ...rest },
    ]);
    terminate(calling);
    wait(ended).acknowledge();
    expect(session.listCells()).toEqual([
      { cellId: calling.cellId, state: "terminating", openCalls: 0, unreadBytes: 0, ...rest },
    ]);
  });

  test("B2: maxWallMs is lowered to its ceiling", () => {
    const { clock, run } = openSession({ maxWallMs: 1_000 });
    const [short, long] = [run({ maxWallMs: 10 }), run({ maxWallMs: 5_000 })];
    clock.advance(10);
    expect([short.terminations, long.terminations]).toEqual([1, 0]);
    clock.advance(990);
    expect(long.terminations).toBe(1);
  });
});
