import { describe, expect, test } from "vitest";
import { sharedGateway } from "../support/running-gateway.ts";
import { CellTurn, FOREVER, textsOf } from "./cell-turn.ts";

const gateway = sharedGateway();

describe("C7: an outcome that nobody waits for", () => {
  const few = sharedGateway({ limits: { outcomesPerSession: 2 } });
  const brief = sharedGateway({ limits: { outcomeTtlMs: 30 } });

  test.for(["wait", "terminate"] as const)("is kept until one %s takes it", async (type) => {
    const turn = await CellTurn.open(gateway());
    const cell = await turn.startAndFinish(`text("t"); throw "e"`);
    const id = turn.ask({ type, cellId: cell.cellId });
    const result = await turn.next("result", { id });
    expect(textsOf(result.content)).toEqual(["t"]);
    expect(result.error).toMatchObject({ code: "script_error", message: "e" });
    expect(turn.raw.tags).not.toContain("cell_closed");
    turn.raw.ack(result.seq);
    expect(await turn.next("cell_closed")).toMatchObject({ cellId: cell.cellId, reason: "taken" });
  });

  test("is kept for a later turn", async () => {
    const turn = await CellTurn.open(gateway());
    const cell = await turn.startAndHold(`text("t"); await tools.hold()`, { yieldMs: 0 });
    await turn.raw.close();
    const second = await CellTurn.open(gateway(), { after: turn });
    second.release((await second.next("tool_call")).callId);
    await second.next("cell_finished", { cellId: cell.cellId });
    await second.raw.close();
    const third = await CellTurn.open(gateway(), { after: turn });
    const wait = third.wait(cell.cellId);
    expect(textsOf((await third.next("result", { id: wait })).content)).toEqual(["t"]);
  });

  test("is dropped when there are too many, the oldest first", async () => {
    const turn = await CellTurn.open(few());
    const [first, second, third] = [
      await turn.startAndFinish("1"),
      await turn.startAndFinish("2"),
      await turn.startAndFinish("3"),
    ];
    expect(await turn.next("cell_closed")).toMatchObject({ cellId: first.cellId, reason: "expired" });
    for (const { cellId } of [second, third]) {
      const wait = turn.wait(cellId);
      expect((await turn.next("result", { id: wait })).error).toBeUndefined();
    }
    const wait = turn.wait(first.cellId);
    expect((await turn.next("result", { id: wait })).error).toMatchObject({ reason: "expired" });
    const dropped = few().log.filter((line) => line.startsWith("an outcome was dropped unread"));
    expect(dropped).toEqual([expect.stringContaining(`cellId=${first.cellId}`)]);
  });

  test("is dropped when it was kept too long", async () => {
    const turn = await CellTurn.open(brief());
    const start = performance.now();
    const { cellId } = await turn.startAndFinish(`text("t")`);
    expect(await turn.next("cell_closed")).toMatchObject({ cellId, reason: "expired" });
    expect(performance.now() - start).toBeGreaterThan(25);
    for (const type of ["wait", "terminate"]) {
      const id = turn.ask({ type, cellId });
      const { content, error } = await turn.next("result", { id });
      expect(content).toEqual([]);
      expect(error).toMatchObject({ code: "cell_not_found", reason: "expired" });
    }
  });

  test("is not dropped while its answer is on the way", async () => {
    const turn = await CellTurn.open(brief());
    const result = await turn.run(`text("t")`);
    // A cell that is dropped later: by then the first would have been, too.
    await turn.startAndFinish("1");
    await turn.next("cell_closed", { reason: "expired" });
    turn.raw.ack();
    expect(await turn.next("cell_closed")).toMatchObject({ cellId: result.cellId, reason: "taken" });
  });
});

describe("C8: a cell that is not there", () => {
  const forgetful = sharedGateway({ limits: { closedCells: 1 } });

  test.for(["wait", "terminate"] as const)("is an answer to %s, no request error", async (type) => {
    const turn = await CellTurn.open(gateway());
    const stranger = await CellTurn.open(gateway());
    const theirs = await stranger.start(FOREVER);
    for (const cellId of ["nonsense", "", theirs.cellId]) {
      const id = turn.ask({ type, cellId });
      expect(await turn.next("result", { id })).toMatchObject({
        cellId,
        content: [],
        error: { code: "cell_not_found", message: `exec cell ${cellId} not found`, reason: "unknown" },
      });
    }
  });

  test.for(["wait", "terminate"] as const)(
    "is already_taken to %s, before the acknowledgement and after",
    async (type) => {
      const turn = await CellTurn.open(gateway());
      const { cellId } = await turn.run(`text("t")`);
      const expected = { content: [], error: { code: "cell_not_found", reason: "already_taken" } };
      const before = turn.ask({ type, cellId });
      expect(await turn.next("result", { id: before })).toMatchObject(expected);
      turn.raw.ack();
      await turn.next("cell_closed");
      const after = turn.ask({ type, cellId });
      expect(await turn.next("result", { id: after })).toMatchObject(expected);
    },
  );

  test("is unknown again when the session no longer remembers it", async () => {
    const turn = await CellTurn.open(forgetful());
    const [first, second] = [await turn.run("1"), await turn.run("2")];
    turn.raw.ack();
    await turn.next("cell_closed", { cellId: second.cellId });
    const [one, two] = [turn.wait(first.cellId), turn.wait(second.cellId)];
    expect((await turn.next("result", { id: one })).error).toMatchObject({ reason: "unknown" });
    expect((await turn.next("result", { id: two })).error).toMatchObject({ reason: "already_taken" });
  });
});

test("C9: a cell has one waiter: a second wait is cell_busy, and the first keeps its place", async () => {
  const turn = await CellTurn.open(gateway());
  const source = `text("a"); await tools.hold(); text("b"); yield_control(); await tools.hold(); text("c")`;
  const cell = await turn.startAndHold(source);
  const second = turn.wait(cell.cellId, { yieldMs: 0 });
  expect(await turn.next("error", { id: second })).toMatchObject({ code: "cell_busy" });
  turn.release(cell.callId);
  expect(textsOf((await turn.next("yielded", { id: cell.id })).content)).toEqual(["a", "b"]);

  const first = turn.wait(cell.cellId);
  const third = turn.wait(cell.cellId);
  expect(await turn.next("error", { id: third })).toMatchObject({ code: "cell_busy" });
  turn.release((await turn.next("tool_call")).callId);
  expect(textsOf((await turn.next("result", { id: first })).content)).toEqual(["c"]);
});

describe("C10: asking for less", () => {
  test("yield answers a pending execute, and a pending wait, with what is there", async () => {
    const turn = await CellTurn.open(gateway());
    const cell = await turn.startAndHold(`text("a"); await tools.hold(); text("b"); await tools.hold()`);
    turn.raw.send({ type: "yield", id: cell.id });
    expect(textsOf((await turn.next("yielded", { id: cell.id })).content)).toEqual(["a"]);
    const wait = turn.wait(cell.cellId);
    turn.release(cell.callId);
    await turn.next("tool_call");
    turn.raw.send({ type: "yield", id: wait });
    expect(textsOf((await turn.next("yielded", { id: wait })).content)).toEqual(["b"]);
  });

  test.for(["while (true) {}", "for (;;) await null"])("yield is obeyed under %s", async (loop) => {
    const turn = await CellTurn.open(gateway());
    const cell = await turn.start(`text("a"); ${loop}`, { yieldMs: null });
    turn.raw.send({ type: "yield", id: cell.id });
    await turn.next("yielded", { id: cell.id });
    const id = turn.terminate(cell.cellId);
    await turn.next("terminated", { id });
  });

  test("cancel takes a wait back, and its content goes to the next", async () => {
    const turn = await CellTurn.open(gateway());
    const cell = await turn.startAndHold(`await tools.hold(); text("a")`, { yieldMs: 0 });
    const wait = turn.wait(cell.cellId);
    turn.raw.send({ type: "cancel", id: wait });
    expect(await turn.next("error", { id: wait })).toMatchObject({ code: "cancelled" });
    turn.release(cell.callId);
    await turn.next("cell_finished", { cellId: cell.cellId });
    const next = turn.wait(cell.cellId);
    expect(textsOf((await turn.next("result", { id: next })).content)).toEqual(["a"]);
    expect(turn.tagsOf("id", wait)).toEqual(["error"]);
  });

  test("cancel takes nothing back of an execute", async () => {
    const turn = await CellTurn.open(gateway());
    const cell = await turn.startAndHold(`await tools.hold(); text("t")`);
    turn.raw.send({ type: "cancel", id: cell.id });
    await turn.raw.settle();
    turn.release(cell.callId);
    expect(textsOf((await turn.next("result", { id: cell.id })).content)).toEqual(["t"]);
  });

  test("either is ignored if its request is no longer pending, or never was", async () => {
    const turn = await CellTurn.open(gateway());
    const cell = await turn.startAndHold("await tools.hold()", { yieldMs: 0 });
    await turn.next("yielded", { id: cell.id });
    const answered = turn.wait(cell.cellId, { yieldMs: 0 });
    await turn.next("yielded", { id: answered });
    const pending = turn.wait(cell.cellId);
    await turn.raw.settle();
    const before = turn.raw.frames.length;
    for (const type of ["yield", "cancel"]) {
      for (const id of [cell.id, answered, 999]) turn.raw.send({ type, id });
    }
    await turn.raw.settle();
    expect(turn.raw.tags.slice(before)).toEqual(["pong"]);
    turn.release(cell.callId);
    expect(await turn.next("result", { id: pending })).not.toHaveProperty("error");
  });
});
