import { describe, expect, test } from "vitest";
import { runningGateway, sharedGateway } from "../support/running-gateway.ts";
import { CellTurn, FOREVER, textsOf } from "./cell-turn.ts";

const gateway = sharedGateway();
const MiB = 1024 * 1024;

describe("C1: an execute is answered twice", () => {
  test("with started before anything else of the cell, and later with exactly one answer", async () => {
    const turn = await CellTurn.open(gateway());
    const id = turn.ask({ type: "execute", source: `notify("n"); text("t"); await tools.hold()`, yieldMs: null });
    const { cellId, callId } = await turn.next("tool_call");
    turn.release(callId);
    const result = await turn.next("result", { id });
    expect(textsOf(result.content)).toEqual(["t"]);
    await turn.raw.settle();
    expect(turn.tagsOf("cellId", cellId)).toEqual(["started", "notify", "tool_call", "result"]);
    expect(turn.tagsOf("id", id)).toEqual(["started", "result"]);
  });

  test.for([
    ["an empty source", "", "empty_source"],
    ["a source of white space", " \n\t\u00a0\ufeff", "empty_source"],
    ["a source of 2 MiB", "x".repeat(2 * MiB), "source_too_large"],
    ["a source of one byte more than 1 MiB", `"${"ü".repeat((MiB - 2) / 2)}" `, "source_too_large"],
  ] as const)("but %s is refused and starts no cell", async ([, source, code]) => {
    const turn = await CellTurn.open(gateway());
    const id = turn.ask({ type: "execute", source });
    expect(await turn.next("error", { id })).toMatchObject({ code });
    const list = turn.ask({ type: "list_cells" });
    expect((await turn.next("cells", { id: list })).cells).toEqual([]);
    expect(turn.tagsOf("id", id)).toEqual(["error"]);
  });

  test("a source of 1 MiB runs", async () => {
    const turn = await CellTurn.open(gateway());
    const result = await turn.run(`text("ran") //`.padEnd(MiB, "x"));
    expect(textsOf(result.content)).toEqual(["ran"]);
  });
});

test("C2: ids are random and never given twice", async () => {
  const turns = await Promise.all([CellTurn.open(gateway()), CellTurn.open(gateway())]);
  const cells = await Promise.all(turns.flatMap((turn) => Array.from({ length: 50 }, () => turn.run("1"))));
  const ids = cells.map(({ cellId }) => cellId);
  expect(new Set(ids).size).toBe(100);
  // 126 bits each, and no two that begin alike: one does not tell of the next.
  for (const id of ids) expect(id).toMatch(/^[\w-]{21}$/);
  expect(new Set(ids.map((id) => id.slice(0, 8))).size).toBe(100);
});

describe("C3: when the yield timer fires", () => {
  test("the waiter gets yielded with all content so far, and the cell runs on", async () => {
    const turn = await CellTurn.open(gateway());
    const start = performance.now();
    const source = `text("a"); text("b"); await tools.hold(); text("c")`;
    const cell = await turn.startAndHold(source, { yieldMs: 500 });
    const yielded = await turn.next("yielded", { id: cell.id });
    expect(textsOf(yielded.content)).toEqual(["a", "b"]);
    expect(performance.now() - start).toBeGreaterThan(495);
    const wait = turn.wait(cell.cellId);
    turn.release(cell.callId);
    const result = await turn.next("result", { id: wait });
    expect(textsOf(result.content)).toEqual(["c"]);
  });

  test("nothing happens without a waiter", async () => {
    const turn = await CellTurn.open(gateway());
    const cell = await turn.start(`await new Promise((resolve) => setTimeout(resolve, 120)); text("end")`, {
      yieldMs: 0,
    });
    const timed = turn.wait(cell.cellId, { yieldMs: 40 });
    turn.raw.send({ type: "cancel", id: timed });
    await turn.next("error", { id: timed, code: "cancelled" });
    // The timer of the wait that was taken back must not answer this one.
    const wait = turn.wait(cell.cellId);
    expect(textsOf((await turn.next("result", { id: wait })).content)).toEqual(["end"]);
    expect(turn.tagsOf("id", wait)).toEqual(["result"]);
  });

  test("the time in which the cell did not run yet is not counted", async () => {
    const own = await runningGateway();
    const turn = await CellTurn.open(own);
    const clock = await turn.startAndHold("await tools.hold()", { yieldMs: 300 });
    const [pid] = own.executorPids();
    // The process takes cells only when it is let go again: until then they are queued.
    process.kill(pid!, "SIGSTOP");
    const cell = await turn.start(FOREVER, { yieldMs: 20 });
    const other = await turn.start(FOREVER, { yieldMs: 0 });
    const wait = turn.wait(other.cellId, { yieldMs: 20 });
    await turn.next("yielded", { id: clock.id });
    const list = turn.ask({ type: "list_cells" });
    const { cells } = await turn.next("cells", { id: list });
    expect(cells.map(({ state }) => state)).toEqual(["running", "queued", "queued"]);
    expect(turn.tagsOf("id", cell.id)).toEqual(["started"]);
    expect(turn.tagsOf("id", wait)).toEqual([]);
    process.kill(pid!, "SIGCONT");
    await turn.next("yielded", { id: cell.id });
    await turn.next("yielded", { id: wait });
  });
});

test("C4: yield_control() answers the waiter at once, and does nothing without one", async () => {
  const turn = await CellTurn.open(gateway());
  const source = `text(1); yield_control(); text(2); yield_control(); await tools.hold(); yield_control(); text(3)`;
  const cell = await turn.startAndHold(source);
  const yielded = await turn.next("yielded", { id: cell.id });
  expect(textsOf(yielded.content)).toEqual(["1"]);
  turn.release(cell.callId);
  await turn.next("cell_finished", { cellId: cell.cellId });
  const wait = turn.wait(cell.cellId);
  expect(textsOf((await turn.next("result", { id: wait })).content)).toEqual(["2", "3"]);
  expect(turn.tagsOf("id", cell.id)).toEqual(["started", "yielded"]);
});

test("C4: yield_control() answers a wait as well", async () => {
  const turn = await CellTurn.open(gateway());
  const cell = await turn.startAndHold(`await tools.hold(); text(1); yield_control(); ${FOREVER}`, { yieldMs: 10 });
  await turn.next("yielded", { id: cell.id });
  const wait = turn.wait(cell.cellId);
  turn.release(cell.callId);
  expect(textsOf((await turn.next("yielded", { id: wait })).content)).toEqual(["1"]);
});

describe("C5: yieldMs", () => {
  const limited = sharedGateway({ limits: { yieldMs: 80, yieldFloorMs: 40, yieldCeilingMs: 120 } });

  test("0 gives yielded directly after started, even for a source that never waits", async () => {
    const turn = await CellTurn.open(gateway());
    const cell = await turn.start(`text("done")`, { yieldMs: 0 });
    expect((await turn.next("yielded", { id: cell.id })).content).toEqual([]);
    expect(turn.raw.tags.slice(1, 3)).toEqual(["started", "yielded"]);
    await turn.next("cell_finished", { cellId: cell.cellId });
    const wait = turn.wait(cell.cellId, { yieldMs: 0 });
    // A finished cell has its outcome to give, whatever the time.
    expect(textsOf((await turn.next("result", { id: wait })).content)).toEqual(["done"]);
  });

  test("0 gives a wait what is there, at once", async () => {
    const turn = await CellTurn.open(gateway());
    const cell = await turn.startAndHold(`text("a"); await tools.hold(); text("b")`, { yieldMs: 0 });
    await turn.next("yielded", { id: cell.id });
    const first = turn.wait(cell.cellId, { yieldMs: 0 });
    expect(textsOf((await turn.next("yielded", { id: first })).content)).toEqual(["a"]);
    const second = turn.wait(cell.cellId, { yieldMs: 0 });
    expect((await turn.next("yielded", { id: second })).content).toEqual([]);
  });

  test("null: time never causes a yield", async () => {
    const turn = await CellTurn.open(limited());
    const source = `await new Promise((resolve) => setTimeout(resolve, 250)); text("end")`;
    const cell = await turn.start(source, { yieldMs: null });
    await turn.next("result", { id: cell.id });
    expect(turn.tagsOf("id", cell.id)).toEqual(["started", "result"]);
  });

  test.for([
    ["absent: the default", undefined, 80],
    ["below the floor: the floor", 1, 40],
    ["above the ceiling: the ceiling", 1e15, 120],
  ] as const)("%s, for execute and wait", async ([, yieldMs, expected]) => {
    const turn = await CellTurn.open(limited());
    const start = performance.now();
    const cell = await turn.start(FOREVER, { yieldMs });
    await turn.next("yielded", { id: cell.id });
    const middle = performance.now();
    const wait = turn.wait(cell.cellId, { yieldMs });
    await turn.next("yielded", { id: wait });
    for (const ms of [middle - start, performance.now() - middle]) {
      expect(ms).toBeGreaterThan(expected - 5);
      expect(ms).toBeLessThan(expected + 2_000);
    }
  });
});
