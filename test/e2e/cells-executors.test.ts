import { describe, expect, test } from "vitest";
import { runningGateway } from "../support/running-gateway.ts";
import { CellTurn, FOREVER, printTime, textsOf } from "./cell-turn.ts";
import { isAlive } from "../executor/process-signs.ts";
import { UNSTOPPABLE } from "./stubborn-sources.ts";

const lost = { code: "executor_lost", message: "exec runtime ended unexpectedly" };

describe("C14: when an executor process dies", () => {
  test("its cells end at once with executor_lost and the content that they had, and their writes are merged", async () => {
    const gateway = await runningGateway();
    const turn = await CellTurn.open(gateway);
    const awaited = await turn.startAndHold(`text("a"); store("a", 1); await tools.hold()`);
    const busy = await turn.startAndHold(`text("b"); store("b", 2); tools.hold(); while (true) {}`, { yieldMs: 0 });
    const start = performance.now();
    process.kill(gateway.executorPids()[0]!, "SIGKILL");
    const result = await turn.next("result", { id: awaited.id });
    printTime("C14: executor_lost", performance.now() - start, 50);
    expect(result.error).toEqual(lost);
    expect(textsOf(result.content)).toEqual(["a"]);
    expect(await turn.next("cell_finished")).toMatchObject({ cellId: busy.cellId, ok: false });
    const wait = turn.wait(busy.cellId);
    expect(await turn.next("result", { id: wait })).toMatchObject({
      content: [{ type: "text", text: "b" }],
      error: lost,
    });
    const id = turn.ask({ type: "stored_values" });
    expect((await turn.next("stored_values", { id })).values).toEqual({ a: 1, b: 2 });
    const cancelled = turn.raw.frames.flatMap((frame) => (frame.type === "tool_cancel" ? [frame.callId] : []));
    expect(cancelled.toSorted()).toEqual([awaited.callId, busy.callId].toSorted());
  });

  test("a new process takes its place, and a new cell runs, even one that was asked for meanwhile", async () => {
    const gateway = await runningGateway();
    const turn = await CellTurn.open(gateway);
    await turn.run(`store("k", "kept")`);
    const finished = await turn.startAndFinish(`text("unread")`);
    const cell = await turn.startAndHold("await tools.hold()");
    const [pid] = gateway.executorPids();
    process.kill(pid!, "SIGKILL");
    await turn.next("result", { id: cell.id });
    expect(textsOf((await turn.run(`text(load("k"))`)).content)).toEqual(["kept"]);
    expect(isAlive(pid!)).toBe(false);
    expect(gateway.executorPids()).not.toContain(pid);
    expect(gateway.executors().processes.filter(({ role }) => role === "shared")).toHaveLength(1);
    // Unread outcomes are untouched.
    const wait = turn.wait(finished.cellId);
    expect(textsOf((await turn.next("result", { id: wait })).content)).toEqual(["unread"]);
    expect(gateway.log).toContain("an executor was lost why=SIGKILL");
  });

  test("the cells of other processes and other sessions do not notice", async () => {
    const gateway = await runningGateway({ executors: 2 });
    const turns = [await CellTurn.open(gateway), await CellTurn.open(gateway)] as const;
    // One cell in each process: a session's first goes to the one with the fewest.
    const source = `text("a"); await tools.hold(); text("b")`;
    const cells = [await turns[0].startAndHold(source), await turns[1].startAndHold(source)] as const;
    process.kill(gateway.executorPids()[0]!, "SIGKILL");
    const results = turns.map((turn, index) => turn.next("result", { id: cells[index]!.id }));
    expect((await Promise.race(results)).error).toEqual(lost);
    for (const [index, turn] of turns.entries()) turn.release(cells[index]!.callId);
    const settled = await Promise.all(results);
    const survived = settled.filter(({ error }) => error === undefined);
    expect(survived.map(({ content }) => textsOf(content))).toEqual([["a", "b"]]);
  });

  test("a cell that was being terminated is terminated, and its writes are discarded", async () => {
    const gateway = await runningGateway();
    const turn = await CellTurn.open(gateway);
    const source = `text("t"); store("k", 1); tools.hold(); ${UNSTOPPABLE}`;
    const cell = await turn.startAndHold(source);
    const id = turn.terminate(cell.cellId);
    await turn.raw.settle();
    process.kill(gateway.executorPids()[0]!, "SIGKILL");
    expect(textsOf((await turn.next("terminated", { id: cell.id })).content)).toEqual(["t"]);
    await turn.next("terminated", { id });
    const values = turn.ask({ type: "stored_values" });
    expect((await turn.next("stored_values", { id: values })).values).toEqual({});
  });

  test("a cell that had not begun ends, too", async () => {
    const gateway = await runningGateway();
    const turn = await CellTurn.open(gateway);
    await turn.run("1");
    const [pid] = gateway.executorPids();
    process.kill(pid!, "SIGSTOP");
    const cell = await turn.start(FOREVER, { yieldMs: null });
    process.kill(pid!, "SIGKILL");
    expect(await turn.next("result", { id: cell.id })).toMatchObject({ content: [], error: lost });
  });

  test("time after time, each cell in between runs", async () => {
    const gateway = await runningGateway();
    for (let round = 0; round < 5; round++) {
      // A session that has lost one runs elsewhere (rule B6).
      const turn = await CellTurn.open(gateway);
      const cell = await turn.startAndHold(`text(${round}); await tools.hold()`);
      process.kill(gateway.executorPids()[0]!, "SIGKILL");
      const result = await turn.next("result", { id: cell.id });
      expect(result.error).toEqual(lost);
      expect(textsOf(result.content)).toEqual([String(round)]);
      expect((await turn.run("1")).error).toBeUndefined();
    }
    expect(gateway.log.filter((line) => line === "an executor was lost why=SIGKILL")).toHaveLength(5);
  });
});

test("C14: a process that is as good as dead is taken for dead when its cell is terminated", async () => {
  const gateway = await runningGateway();
  const turn = await CellTurn.open(gateway);
  const cell = await turn.startAndHold(`text("t"); await tools.hold()`);
  const sibling = await turn.startAndHold(`text("s"); await tools.hold()`);
  const [pid] = gateway.executorPids();
  process.kill(pid!, "SIGSTOP");
  const start = performance.now();
  turn.terminate(cell.cellId);
  expect(textsOf((await turn.next("terminated", { id: cell.id })).content)).toEqual(["t"]);
  printTime("C14: terminate in a process that is stopped", performance.now() - start, 1_000);
  expect(isAlive(pid!)).toBe(false);
  expect(await turn.next("result", { id: sibling.id })).toMatchObject({ error: lost });
  expect((await turn.run("1")).error).toBeUndefined();
});
