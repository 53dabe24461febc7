import { describe, expect, test } from "vitest";
import type { CellState } from "../../src/protocol/values.ts";
import { runningGateway } from "../support/running-gateway.ts";
import { CellTurn, FOREVER, type StartedCell, textsOf } from "./cell-turn.ts";

const HOLD = "await tools.hold()";

/** A gateway whose two places are taken by cells of one turn, which wait for the test. */
async function fullGateway() {
  const gateway = await runningGateway({ limits: { cells: 2, queuedCells: 3 } });
  const turn = await CellTurn.open(gateway);
  return { gateway, turn, first: await turn.startAndHold(HOLD), second: await turn.startAndHold(HOLD) };
}

async function statesOf(turn: CellTurn): Promise<CellState[]> {
  const id = turn.ask({ type: "list_cells" });
  return (await turn.next("cells", { id })).cells.map(({ state }) => state);
}

/** What a turn's `execute` is refused with. */
async function refusal(turn: CellTurn) {
  const id = turn.ask({ type: "execute", source: "1" });
  return turn.next("error", { id });
}

/** Lets a cell end that holds. */
async function finish(turn: CellTurn, cell: StartedCell & { callId: string }): Promise<void> {
  turn.release(cell.callId);
  await turn.next("result", { id: cell.id });
}

/** Waits until a cell that was queued has called the tool. */
async function untilHeld(turn: CellTurn, cell: StartedCell): Promise<StartedCell & { callId: string }> {
  const { callId } = await turn.next("tool_call", { cellId: cell.cellId });
  return { ...cell, callId };
}

describe("B3: when as many cells run as may", () => {
  test("further ones are queued, and past the queue execute is refused and names the session's live cells", async () => {
    const { gateway, turn, first, second } = await fullGateway();
    const queued = [await turn.start(HOLD), await turn.start(HOLD), await turn.start(HOLD)];
    expect(await statesOf(turn)).toEqual(["running", "running", "queued", "queued", "queued"]);
    const refused = await refusal(turn);
    expect(refused).toMatchObject({ code: "too_many_cells", message: expect.stringContaining("(queuedCells)") });
    expect(refused.cells?.map(({ cellId }) => cellId)).toEqual([first, second, ...queued].map(({ cellId }) => cellId));
    expect(await refusal(await CellTurn.open(gateway))).toMatchObject({ code: "too_many_cells", cells: [] });
    turn.release(first.callId);
    await untilHeld(turn, queued[0]!);
    await turn.start(HOLD);
  });

  test("a place that gets free goes to the sessions in turn, and within one to the cell that came first", async () => {
    const { gateway, turn, first, second } = await fullGateway();
    const other = await CellTurn.open(gateway);
    const ours = [await turn.start(HOLD, { yieldMs: null }), await turn.start(HOLD, { yieldMs: null })];
    const theirs = await other.start(HOLD, { yieldMs: null });
    await finish(turn, first);
    const next = await untilHeld(turn, ours[0]!);
    await finish(turn, second);
    const held = await untilHeld(other, theirs);
    expect(await statesOf(turn)).toContain("queued");
    await finish(other, held);
    await finish(turn, await untilHeld(turn, ours[1]!));
    await finish(turn, next);
  });

  test("V1: a cell sees what was stored while it was queued", async () => {
    const { turn, second } = await fullGateway();
    turn.terminate(second.cellId);
    const writer = await turn.startAndHold(`await tools.hold(); store("k", "written")`);
    const reader = await turn.start(`text(load("k"))`, { yieldMs: null });
    turn.release(writer.callId);
    expect(textsOf((await turn.next("result", { id: reader.id })).content)).toEqual(["written"]);
  });

  test("C14: those that are queued outlive a lost executor, and get the places of the cells that it cost", async () => {
    const { gateway, turn, first, second } = await fullGateway();
    const queued = [await turn.start(`text("a")`), await turn.start(`text("b")`), await turn.start(`text("c")`)];
    process.kill(gateway.executorPids()[0]!, "SIGKILL");
    for (const { id } of [first, second]) {
      expect((await turn.next("result", { id })).error?.code).toBe("executor_lost");
    }
    const results = await Promise.all(queued.map(({ id }) => turn.next("result", { id })));
    expect(results.map(({ content }) => textsOf(content))).toEqual([["a"], ["b"], ["c"]]);
  });
});

describe("a queued cell", () => {
  test("C1, C3: is answered started at once, and its yield timer does not run yet", async () => {
    const { turn, first } = await fullGateway();
    const cell = await turn.start(FOREVER, { yieldMs: 20 });
    const other = await turn.start(FOREVER, { yieldMs: 0 });
    const wait = turn.wait(other.cellId, { yieldMs: 20 });
    // A wait for a cell that runs tells when that time is over.
    turn.raw.send({ type: "yield", id: first.id });
    await turn.next("yielded", { id: first.id });
    const clock = turn.wait(first.cellId, { yieldMs: 300 });
    await turn.next("yielded", { id: clock });
    expect([turn.tagsOf("id", cell.id), turn.tagsOf("id", wait)]).toEqual([["started"], []]);
    turn.release(first.callId);
    await turn.next("yielded", { id: cell.id });
    turn.terminate(cell.cellId);
    await turn.next("yielded", { id: wait });
  });

  test("C5: answers yielded directly with yieldMs 0, and runs later", async () => {
    const { turn, first } = await fullGateway();
    const cell = await turn.start(`text("ran")`, { yieldMs: 0 });
    expect((await turn.next("yielded", { id: cell.id })).content).toEqual([]);
    const wait = turn.wait(cell.cellId, { yieldMs: 0 });
    await turn.next("yielded", { id: wait });
    expect(await statesOf(turn)).toContain("queued");
    turn.release(first.callId);
    await turn.next("cell_finished", { cellId: cell.cellId });
    const taken = turn.wait(cell.cellId);
    expect(textsOf((await turn.next("result", { id: taken })).content)).toEqual(["ran"]);
  });

  test("C11: is terminated at once, for its waiter too, and never runs", async () => {
    const { turn, first } = await fullGateway();
    const cell = await turn.start(`notify("ran")`, { yieldMs: null });
    const next = await turn.start(`notify("next")`, { yieldMs: null });
    const terminator = turn.terminate(cell.cellId);
    await turn.next("terminated", { id: terminator });
    await turn.next("terminated", { id: cell.id });
    expect(await statesOf(turn)).toEqual(["running", "running", "queued"]);
    turn.release(first.callId);
    expect((await turn.next("notify")).text).toBe("next");
    await turn.next("result", { id: next.id });
  });

  test("C6: keeps its place in the queue when the host changes, and its outcome goes to the new one", async () => {
    const { gateway, turn, first } = await fullGateway();
    const cell = await turn.start(`text("ran")`, { yieldMs: null });
    const next = await CellTurn.open(gateway, { after: turn });
    expect(next.welcome.cells).toMatchObject([{ state: "running" }, { state: "running" }, { state: "queued" }]);
    const wait = next.wait(cell.cellId);
    next.release(first.callId);
    expect(textsOf((await next.next("result", { id: wait })).content)).toEqual(["ran"]);
  });

  test("is gone with its session, at once, and its place in the queue is another's", async () => {
    const { gateway, turn } = await fullGateway();
    const queued = [await turn.start(HOLD), await turn.start(HOLD), await turn.start(HOLD)];
    const other = await CellTurn.open(gateway);
    expect(await refusal(other)).toMatchObject({ code: "too_many_cells" });
    const id = turn.ask({ type: "end_session" });
    await turn.next("ok", { id });
    for (const cell of queued) await turn.next("terminated", { id: cell.id });
    expect(turn.raw.tags.filter((tag) => tag === "tool_call")).toHaveLength(2);
    expect((await other.run("1")).error).toBeUndefined();
  });
});
