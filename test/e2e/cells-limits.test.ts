import { describe, expect, test } from "vitest";
import { runningGateway, sharedGateway } from "../support/running-gateway.ts";
import { CellTurn, FOREVER, textsOf } from "./cell-turn.ts";
import { UNSTOPPABLE } from "./stubborn-sources.ts";

const gateway = sharedGateway();

describe("B3: too many live cells", () => {
  test("of a session: execute is refused and names them, so that one can be terminated", async () => {
    const own = await runningGateway({ limits: { cellsPerSession: 2 } });
    const turn = await CellTurn.open(own);
    const first = await turn.startAndHold("await tools.hold()", { yieldMs: 0, toolCallId: "call_1" });
    const second = await turn.start(FOREVER);
    const third = turn.ask({ type: "execute", source: "1" });
    const refusal = await turn.next("error", { id: third });
    expect(refusal).toMatchObject({ code: "too_many_cells", message: expect.stringContaining("cellsPerSession") });
    expect(refusal.cells).toMatchObject([
      { cellId: first.cellId, state: "running", openCalls: 1, unreadBytes: 0, toolCallId: "call_1" },
      { cellId: second.cellId },
    ]);
    for (const { ageMs } of refusal.cells!) expect(ageMs).toBeGreaterThanOrEqual(0);
    // Another session has places of its own.
    expect((await (await CellTurn.open(own)).run("1")).error).toBeUndefined();

    const id = turn.terminate(first.cellId);
    await turn.next("terminated", { id });
    expect((await turn.run("1")).error).toBeUndefined();
    // A finished cell whose outcome is unread is not live.
    turn.terminate(second.cellId);
    await turn.next("terminated", { id: second.id });
    for (let count = 0; count < 3; count++) await turn.startAndFinish("1");
    expect((await turn.run("1")).error).toBeUndefined();
  });

  test("a lost executor gives their places back", async () => {
    const own = await runningGateway({ limits: { cells: 2 } });
    const turn = await CellTurn.open(own);
    for (let round = 0; round < 3; round++) {
      const cells = [await turn.startAndHold("await tools.hold()"), await turn.startAndHold("await tools.hold()")];
      for (const pid of own.executorPids()) process.kill(pid, "SIGKILL");
      for (const { id } of cells) await turn.next("result", { id });
    }
    expect((await turn.run("1")).error).toBeUndefined();
  });
});

describe("B2: a cell that runs longer than maxWallMs ends with wall_limit", () => {
  test.for(["while (true) {}", "await tools.hold()", FOREVER])("%s", async (source) => {
    const turn = await CellTurn.open(gateway());
    const begun = performance.now();
    const result = await turn.run(`text("t"); store("k", 1); ${source}`, { maxWallMs: 400 });
    expect(performance.now() - begun).toBeGreaterThan(395);
    expect(textsOf(result.content)).toEqual(["t"]);
    expect(result.error).toMatchObject({ code: "wall_limit", limit: "maxWallMs" });
    const id = turn.ask({ type: "stored_values" });
    expect((await turn.next("stored_values", { id })).values).toEqual({ k: 1 });
    if (source.includes("hold")) expect((await turn.next("tool_cancel")).reason).toBe("terminated");
  });

  test("and the gateway's own limit is the most that can be asked for", async () => {
    const own = await runningGateway({ limits: { maxWallMs: 60 } });
    const turn = await CellTurn.open(own);
    for (const maxWallMs of [undefined, 1e9]) {
      expect((await turn.run(FOREVER, { maxWallMs })).error).toMatchObject({ code: "wall_limit" });
    }
  });

  test("which holds for code that cannot be interrupted, too", async () => {
    const own = await runningGateway();
    const turn = await CellTurn.open(own);
    const result = await turn.run(`text("t"); ${UNSTOPPABLE}`, { maxWallMs: 400 });
    expect(textsOf(result.content)).toEqual(["t"]);
    expect(result.error).toMatchObject({ code: "wall_limit" });
  });

  test("and a terminate that meets it gets that outcome", async () => {
    const own = await runningGateway();
    const turn = await CellTurn.open(own);
    const cell = await turn.start(UNSTOPPABLE, { yieldMs: 0, maxWallMs: 300 });
    const state = async () => {
      const id = turn.ask({ type: "list_cells" });
      return (await turn.next("cells", { id })).cells[0]?.state;
    };
    // Not without a pause: its process is still starting, and would not get a core.
    await expect.poll(state, { interval: 10, timeout: 10_000 }).toBe("terminating");
    // Its process has some 300 ms to live yet.
    const id = turn.terminate(cell.cellId);
    expect((await turn.next("result", { id })).error).toMatchObject({ code: "wall_limit" });
  });
});

describe("B1: a cell that exhausts its memory ends with memory_limit, and its siblings go on", () => {
  const small = sharedGateway({ limits: { heapBytes: 16 * 1024 * 1024 } });

  test.for([
    ["objects", "for (;;) kept.push({ a: kept.length })"],
    ["arrays", "for (;;) kept.push(new Array(1_000).fill(0))"],
    ["strings", `for (;;) kept.push("x".repeat(1_000) + kept.length)`],
    ["promises", "for (;;) kept.push(Promise.resolve(kept.length).then(() => {}))"],
    ["what grows between awaits", "for (;;) { kept.push(new Array(1_000).fill(0)); await null; }"],
  ] as const)("of %s", async ([, source]) => {
    const turn = await CellTurn.open(small());
    const pids = small().executorPids();
    const sibling = await turn.startAndHold(`await tools.hold(); text("alive")`);
    const result = await turn.run(`text("t"); store("k", 1); const kept = []; ${source}`);
    expect(result.error).toMatchObject({ code: "memory_limit", limit: "heapBytes" });
    expect(textsOf(result.content)).toEqual(["t"]);
    turn.release(sibling.callId);
    const survived = await turn.next("result", { id: sibling.id });
    expect(survived.error).toBeUndefined();
    expect(textsOf(survived.content)).toEqual(["alive"]);
    expect(textsOf((await turn.run(`text(load("k"))`)).content)).toEqual(["1"]);
    expect(small().executorPids()).toEqual(pids);
  });

  test("but an array buffer that does not fit throws in the cell, which may go on", async () => {
    const turn = await CellTurn.open(small());
    const source = `
      const kept = [];
      try { for (;;) kept.push(new Uint8Array(100_000).fill(1)) } catch (error) { text(error); kept.length = 0 }`;
    const result = await turn.run(source);
    expect(result.error).toBeUndefined();
    expect(textsOf(result.content)).toEqual(["{}"]);
  });
});
