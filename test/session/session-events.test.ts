import { describe, expect, test } from "vitest";
import { openSession, refusalOf } from "./session-fixture.ts";

describe("of a cell it is told", () => {
  test("that it was accepted, when it ran, and how it ended, with the times in between", () => {
    const { attach, clock, execute, observer } = openSession();
    const cell = execute({ source: "text(1)", toolCallId: "call-7" }, attach("t-1"));
    clock.advance(30);
    cell.started();
    clock.advance(70);
    cell.emit({ type: "ended", end: { how: "finished" }, usage: { cpuMs: 12, heapBytes: 1_000 } });
    const { cellId } = cell;
    expect(observer.events).toEqual([
      {
        type: "cell_accepted",
        cellId,
        sessionId: "s",
        turn: 1,
        source: "text(1)",
        toolCallId: "call-7",
        tools: ["t-1"],
      },
      { type: "cell_started", cellId, sessionId: "s", queuedMs: 30 },
      {
        type: "cell_ended",
        cellId,
        sessionId: "s",
        ending: "ok",
        ageMs: 100,
        usage: { wallMs: 70, cpuMs: 12, heapBytes: 1_000, toolCalls: 0 },
      },
    ]);
  });

  test("that it ended without having run, and so used nothing", () => {
    const { accept, execute, observer, terminate } = openSession({ cells: 1 });
    execute();
    terminate(accept());
    expect(observer.types).toEqual(["cell_accepted", "cell_accepted", "cell_ended"]);
    expect(observer.all("cell_ended")).toMatchObject([{ ending: "terminated", usage: undefined }]);
  });

  test("not that it runs once it was stopped", () => {
    const { execute, observer, terminate } = openSession();
    const cell = execute();
    terminate(cell);
    cell.started();
    cell.end({ how: "terminated" });
    expect(observer.types).toEqual(["cell_accepted", "cell_ended"]);
  });

  test("which turn asked for it", () => {
    const { attach, execute, observer } = openSession();
    attach();
    execute();
    attach();
    execute();
    expect(observer.all("cell_accepted").map(({ turn }) => turn)).toEqual([1, 2]);
  });

  test("by which error it ended, or that it was terminated", () => {
    const { clock, observer, run, terminate } = openSession({ maxWallMs: 5_000 });
    run().fail("oh");
    run().lose();
    const slow = run();
    clock.advance(5_000);
    slow.end({ how: "terminated" });
    const stopped = run();
    terminate(stopped);
    stopped.end({ how: "terminated" });
    expect(observer.all("cell_ended").map(({ ending }) => ending)).toEqual([
      "script_error",
      "executor_lost",
      "wall_limit",
      "terminated",
    ]);
  });
});

describe("of a tool call it is told", () => {
  test("that it was made, and how it ended, with the time in between", () => {
    const { attach, clock, observer, run, session } = openSession();
    const host = attach("t-1");
    const cell = run({}, host);
    const { cellId } = cell;
    const ofCell = { cellId, sessionId: "s" };
    cell.call("t_1");
    cell.call("t_1");
    cell.call("t_1");
    clock.advance(40);
    session.answerCall(`${cellId}.1`, { ok: true });
    session.answerCall(`${cellId}.2`, { ok: false, message: "no", code: "own_code" });
    clock.advance(2);
    cell.end();
    session.answerCall(`${cellId}.3`, { ok: true });
    expect(observer.all("call_made")).toEqual(
      [1, 2, 3].map((call) => ({
        type: "call_made",
        callId: `${cellId}.${call}`,
        cellId,
        sessionId: "s",
        tool: "t-1",
      })),
    );
    expect(observer.all("call_ended")).toEqual([
      { type: "call_ended", ...ofCell, callId: `${cellId}.1`, ending: "answered", ageMs: 40 },
      { type: "call_ended", ...ofCell, callId: `${cellId}.2`, ending: "failed", code: "own_code", ageMs: 40 },
      { type: "call_ended", ...ofCell, callId: `${cellId}.3`, ending: "cancelled", ageMs: 42 },
    ]);
  });

  test("that ended before its cell did, whatever ended the cell", () => {
    const { attach, observer, run, terminate } = openSession();
    const cell = run({}, attach("t"));
    cell.call("t");
    terminate(cell);
    cell.end({ how: "terminated" });
    expect(observer.types.slice(-2)).toEqual(["call_ended", "cell_ended"]);
  });
});

describe("of a turn it is told that it is over", () => {
  test("when a newer one opens, whether or not it has a host", () => {
    const { attach, observer, session } = openSession();
    session.detach(attach());
    expect(observer.types).toEqual([]);
    attach();
    attach();
    expect(observer.all("turn_ended")).toEqual([1, 2].map((turn) => ({ type: "turn_ended", sessionId: "s", turn })));
  });

  test("when the session's cells are gone, and once", () => {
    const { attach, observer, run, session } = openSession();
    attach();
    const cell = run();
    session.end(() => {});
    expect(observer.all("turn_ended")).toEqual([]);
    cell.end({ how: "terminated" });
    session.endTurn();
    expect(observer.types.slice(-2)).toEqual(["turn_ended", "session_gone"]);
  });
});

test("of a cell that is refused it is told which limit was in the way", () => {
  const { accept, observer } = openSession({ cellsPerSession: 3, cells: 1, queuedCells: 1 });
  accept();
  accept();
  refusalOf(() => accept());
  const other = openSession({ cellsPerSession: 1 });
  other.accept();
  refusalOf(() => other.accept());
  expect([...observer.all("limit_hit"), ...other.observer.all("limit_hit")]).toEqual([
    { type: "limit_hit", limit: "queuedCells", sessionId: "s" },
    { type: "limit_hit", limit: "cellsPerSession", sessionId: "s" },
  ]);
});

describe("of stored values it is told what changed", () => {
  test("when a cell's writes are committed, without those that were refused", () => {
    const { observer, run } = openSession({ storedValueBytes: 10 });
    const cell = run();
    cell.write("a", 1);
    cell.write("b", "x".repeat(20));
    cell.end();
    const { cellId } = cell;
    expect(observer.all("values_changed")).toEqual([
      { type: "values_changed", sessionId: "s", cellId, writes: new Map([["a", "1"]]) },
    ]);
    expect(observer.types.slice(-2)).toEqual(["values_changed", "cell_ended"]);
  });

  test("when the host replaces them: new and other values, and null for those that are gone", () => {
    const { observer, session } = openSession();
    session.replaceStoredValues({ a: 1, b: [2], c: 3 });
    session.replaceStoredValues({ b: [2], c: 4, d: null });
    refusalOf(() => session.replaceStoredValues({ e: "x".repeat(2_000_000) }));
    expect(observer.all("values_changed").map(({ writes, cellId }) => [cellId, Object.fromEntries(writes)])).toEqual([
      [undefined, { a: "1", b: "[2]", c: "3" }],
      [undefined, { a: null, c: "4", d: "null" }],
    ]);
  });

  test("not where nothing was written, or the writes are discarded", () => {
    const { observer, run, terminate } = openSession();
    run().end();
    const stopped = run();
    stopped.write("a", 1);
    terminate(stopped);
    stopped.end({ how: "terminated" });
    expect(observer.all("values_changed")).toEqual([]);
  });
});

test("of what cells put out it is told that they do, once for what comes together", () => {
  const { observer, run } = openSession();
  const cell = run();
  cell.put("a", "b");
  cell.notify("n");
  cell.put("c");
  expect(observer.putOuts).toEqual(["s", "s"]);
});

test("of a session that has ended it is told last that its cells are gone", () => {
  const { observer, run, session } = openSession();
  const cell = run();
  session.end(() => {});
  expect(observer.all("session_gone")).toEqual([]);
  cell.end({ how: "terminated" });
  expect(observer.events.at(-1)).toEqual({ type: "session_gone", sessionId: "s" });
});
