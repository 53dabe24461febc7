import { describe, expect, test } from "vitest";
import { finished, lost, result, stopped, terminated, yielded } from "./cell-fixture.ts";
import { openSession, refusalOf } from "./session-fixture.ts";

describe("C1, C2: execute", () => {
  test("C1: gives the cell's id before anything of it can be heard", () => {
    const { attach, execute } = openSession();
    const host = attach("t");
    const cell = execute({}, host);
    expect(host.log).toEqual([]);
    cell.started();
    cell.notify("now");
    cell.call("t");
    expect(host.log).toEqual(["notify now", `call ${cell.cellId}.1 1`]);
  });

  test("C1: hands the executor the source as it is", () => {
    const { execute } = openSession();
    expect(execute({ source: " \ncode // é" }).start.source).toBe(" \ncode // é");
  });

  test.each([
    ["empty", "", "empty_source"],
    ["only whitespace", " \t\n\u2003", "empty_source"],
    ["over the limit in bytes", "é".repeat(6), "source_too_large"],
  ])("C1: refuses a source that is %s, and starts no cell", (_, source, code) => {
    const { executor, execute, session } = openSession({ sourceBytes: 11, cells: 1 });
    expect(refusalOf(() => execute({ source })).code).toBe(code);
    expect([executor.cells, session.listCells()]).toEqual([[], []]);
    // It took no place.
    execute();
  });

  test("C1: takes a source of exactly the limit", () => {
    const { execute } = openSession({ sourceBytes: 12 });
    expect(execute({ source: "é".repeat(6) }).start.source.length).toBe(6);
  });

  test("C2: gives ids that are long, of an alphabet for URLs, and never given twice", () => {
    const { execute } = openSession({ cellsPerSession: 1_000 });
    const ids = Array.from({ length: 1_000 }, () => execute().cellId);
    expect(new Set(ids).size).toBe(1_000);
    for (const id of ids) expect(id).toMatch(/^[\w-]{21}$/);
  });
});

describe("C8: a cell that is not there", () => {
  const notFound = (cellId: string, reason: string) => ({
    ...result(),
    error: { code: "cell_not_found", message: `exec cell ${cellId} not found`, reason },
  });

  test("C8: is an answer to wait and terminate, not a request error", () => {
    const { wait, terminate } = openSession();
    const nowhere = { cellId: "nowhere" };
    expect(wait(nowhere).got).toEqual([notFound("nowhere", "unknown")]);
    expect(terminate(nowhere).got).toEqual([notFound("nowhere", "unknown")]);
  });

  test("C8: of another session is unknown", () => {
    const cell = openSession().run();
    expect(openSession().wait(cell).got).toEqual([notFound(cell.cellId, "unknown")]);
  });

  test("C8: says whether its outcome was taken or has expired", () => {
    const { clock, observer, run, wait } = openSession();
    const [taken, expired] = [run(), run()];
    taken.end();
    expired.end();
    wait(taken).acknowledge();
    clock.advance(15 * 60_000);
    expect(wait(taken).got).toEqual([notFound(taken.cellId, "already_taken")]);
    expect(wait(expired).got).toEqual([notFound(expired.cellId, "expired")]);
    expect(observer.all("outcome_dropped")).toEqual([
      { type: "outcome_dropped", cellId: expired.cellId, sessionId: "s" },
    ]);
  });
});

describe("C9 to C11: requests about one cell", () => {
  test("C9: a second wait is refused with cell_busy, and the first gets the answer", () => {
    const { run, wait } = openSession();
    const cell = run();
    const first = wait(cell);
    expect(refusalOf(() => wait(cell)).code).toBe("cell_busy");
    cell.end();
    expect(first.got).toEqual([result()]);
  });

  test("C10: only the request that is named yields, and only its own turn may name it", () => {
    const { run, session, wait } = openSession();
    const cell = run();
    const owner = {};
    const waiter = wait(cell, { owner, id: 5 });
    session.yieldNow(cell.cellId, owner, 4);
    session.yieldNow(cell.cellId, {}, 5);
    session.yieldNow("nowhere", owner, 5);
    expect(waiter.got).toEqual([]);
    session.yieldNow(cell.cellId, owner, 5);
    expect(waiter.got).toEqual([yielded()]);
  });

  test("C10: a wait that is cancelled loses nothing, and only a pending one can be", () => {
    const { run, session, wait } = openSession();
    const cell = run();
    const owner = {};
    wait(cell, { owner, id: 5 });
    cell.put("a");
    expect(session.cancelWait(cell.cellId, owner, 5)).toBe(true);
    expect(session.cancelWait(cell.cellId, owner, 5)).toBe(false);
    expect(session.cancelWait("nowhere", owner, 5)).toBe(false);
    const second = wait(cell);
    cell.end();
    expect(second.got).toEqual([result("a")]);
  });

  test("C11: a second terminate is refused, and the isolate is told to stop once", () => {
    const { run, terminate } = openSession();
    const cell = run();
    const first = terminate(cell);
    expect(refusalOf(() => terminate(cell)).code).toBe("cell_terminating");
    expect([cell.terminations, first.got]).toEqual([1, []]);
    cell.end(stopped);
    expect(first.got).toEqual([terminated()]);
  });

  test("C11: terminate cancels the open calls at once, and drops those that the cell still makes", () => {
    const { attach, run, terminate } = openSession();
    const host = attach("t");
    const cell = run({}, host);
    cell.call("t");
    terminate(cell);
    cell.call("t");
    cell.end(stopped);
    expect(host.log.slice(0, 2)).toEqual([`call ${cell.cellId}.1 1`, `cancel ${cell.cellId}.1 terminated`]);
    expect(host.calls.length).toBe(1);
  });

  test("C4, C15: a yield of the cell that comes after terminate does not take the waiter's answer", () => {
    const { run, terminate, wait } = openSession();
    const cell = run();
    const waiter = wait(cell);
    terminate(cell);
    cell.emit({ type: "yield" });
    cell.end(stopped);
    expect(waiter.got).toEqual([terminated()]);
  });
});

describe("C4, C15: the events of a cell", () => {
  test("C4: a yield answers the waiter with what came before it, and not with what follows", () => {
    const { run, wait } = openSession();
    const cell = run();
    const waiter = wait(cell);
    cell.emit(
      { type: "content", item: { type: "text", text: "a" } },
      { type: "yield" },
      { type: "content", item: { type: "text", text: "b" } },
      { type: "yield" },
    );
    expect(waiter.got).toEqual([yielded("a")]);
    expect(wait(cell, { yieldMs: 0 }).got).toEqual([yielded("b")]);
  });

  test("C15: a flood of output delays neither a yield nor the timer", () => {
    const { clock, run, session, wait } = openSession();
    const cell = run();
    const owner = {};
    const first = wait(cell, { owner, id: 1, yieldMs: 100 });
    for (let round = 0; round < 50; round++) cell.put(...Array.from({ length: 1_000 }, () => "x"));
    session.yieldNow(cell.cellId, owner, 1);
    const second = wait(cell, { yieldMs: 100 });
    for (let round = 0; round < 50; round++) cell.put(...Array.from({ length: 1_000 }, () => "x"));
    clock.advance(100);
    expect([first, second].map(({ got }) => got[0]?.content.length)).toEqual([50_000, 50_000]);
  });

  test("O3: a batch of content is one part for a waiter that streams", () => {
    const { run, wait } = openSession();
    const cell = run();
    const waiter = wait(cell, { stream: true });
    cell.put("a", "b");
    expect(waiter.parts).toEqual([["a", "b"]]);
  });
});

describe("C13: the end of a cell", () => {
  test("C13: cancels its calls, and pushes cell_finished where nobody waits; cell_closed comes last", () => {
    const { attach, run, wait } = openSession();
    const host = attach("t");
    const [good, bad] = [run({}, host), run({}, host)];
    good.notify("progress");
    good.call("t");
    good.end();
    bad.fail("Error: no");
    for (const cell of [good, bad]) wait(cell).acknowledge();
    expect(host.log).toEqual([
      "notify progress",
      `call ${good.cellId}.1 1`,
      `cancel ${good.cellId}.1 ended`,
      `finished ${good.cellId} ok`,
      `finished ${bad.cellId} not ok`,
      `closed ${good.cellId} taken`,
      `closed ${bad.cellId} taken`,
    ]);
  });

  test("C13: with a waiter there is no cell_finished, and cell_closed only when the outcome was taken", () => {
    const { attach, run, wait } = openSession();
    const host = attach();
    const cell = run();
    const waiter = wait(cell);
    cell.end();
    expect(host.log).toEqual([]);
    waiter.acknowledge();
    expect(host.log).toEqual([`closed ${cell.cellId} taken`]);
  });

  test("C13: the notifications that it had emitted are delivered, though no host was there", () => {
    const { attach, run } = openSession();
    const cell = run({ toolCallId: "call_7" });
    cell.notify("before the end");
    cell.end();
    expect(attach().notifications).toEqual([{ cellId: cell.cellId, toolCallId: "call_7", text: "before the end" }]);
  });

  test("C14: the loss of the executor ends the cell with its content, and touches nothing else", () => {
    const { run, session, wait } = openSession();
    session.replaceStoredValues({ kept: 1 });
    const [hit, other, unread] = [run(), run(), run()];
    unread.put("u");
    unread.end();
    const waiter = wait(hit);
    hit.put("a");
    hit.write("k", 2);
    hit.lose();
    expect(waiter.got).toEqual([{ ...result("a"), error: lost.error }]);
    expect(session.storedValues()).toEqual({ kept: 1, k: 2 });
    expect(wait(unread).got).toEqual([result("u")]);
    other.end(finished);
    expect(wait(other).got).toEqual([result()]);
  });
});
