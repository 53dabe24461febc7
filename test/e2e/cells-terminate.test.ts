import { describe, expect, test } from "vitest";
import { runningGateway, sharedGateway } from "../support/running-gateway.ts";
import { CellTurn, FOREVER, printTime, textsOf } from "./cell-turn.ts";
import { isAlive } from "../executor/process-signs.ts";
import { stubbornSources, UNSTOPPABLE } from "./stubborn-sources.ts";

const gateway = sharedGateway();

describe("C11: terminate", () => {
  test("is answered only when the isolate is gone", async () => {
    const own = await runningGateway();
    const turn = await CellTurn.open(own);
    const cell = await turn.startAndHold(`text("t"); await tools.hold()`, { yieldMs: 0 });
    const [pid] = own.executorPids();
    // A process that stands still cannot let go of an isolate.
    process.kill(pid!, "SIGSTOP");
    const id = turn.terminate(cell.cellId);
    await turn.raw.settle();
    await turn.raw.settle();
    expect(turn.tagsOf("id", id)).toEqual([]);
    const list = turn.ask({ type: "list_cells" });
    expect((await turn.next("cells", { id: list })).cells).toMatchObject([{ state: "terminating" }]);
    process.kill(pid!, "SIGCONT");
    expect(textsOf((await turn.next("terminated", { id })).content)).toEqual(["t"]);
  });

  test("answers both, and the content goes to the waiter", async () => {
    const turn = await CellTurn.open(gateway());
    const cell = await turn.startAndHold(`text("t"); await tools.hold()`);
    const id = turn.terminate(cell.cellId);
    expect(textsOf((await turn.next("terminated", { id: cell.id })).content)).toEqual(["t"]);
    expect(await turn.next("terminated", { id })).toMatchObject({ cellId: cell.cellId, content: [] });
    await turn.raw.settle();
    expect(turn.tagsOf("id", cell.id)).toEqual(["started", "terminated"]);
    expect(turn.tagsOf("id", id)).toEqual(["terminated"]);
  });

  test("answers a pending wait, too", async () => {
    const turn = await CellTurn.open(gateway());
    const cell = await turn.startAndHold(`text("t"); await tools.hold()`, { yieldMs: 0 });
    const wait = turn.wait(cell.cellId);
    const id = turn.terminate(cell.cellId);
    expect(textsOf((await turn.next("terminated", { id: wait })).content)).toEqual(["t"]);
    expect((await turn.next("terminated", { id })).content).toEqual([]);
  });

  test("gives the content to the terminator where nobody waits", async () => {
    const turn = await CellTurn.open(gateway());
    const cell = await turn.startAndHold(`text("t"); await tools.hold()`, { yieldMs: 0 });
    const id = turn.terminate(cell.cellId);
    const terminated = await turn.next("terminated", { id });
    expect(textsOf(terminated.content)).toEqual(["t"]);
    turn.raw.ack(terminated.seq);
    expect(await turn.next("cell_closed")).toMatchObject({ cellId: cell.cellId, reason: "taken" });
    expect(turn.raw.tags).not.toContain("cell_finished");
  });

  test("cancels the cell's open calls, and no answer of theirs counts any more", async () => {
    const turn = await CellTurn.open(gateway());
    const cell = await turn.startAndHold(`await tools.hold(); text("never")`);
    const other = await turn.startAndHold(`await tools.hold(); text("t")`);
    turn.terminate(cell.cellId);
    turn.release(cell.callId);
    turn.release(other.callId);
    expect(await turn.next("tool_cancel")).toMatchObject({ callId: cell.callId, reason: "terminated" });
    expect((await turn.next("terminated", { id: cell.id })).content).toEqual([]);
    expect(textsOf((await turn.next("result", { id: other.id })).content)).toEqual(["t"]);
  });

  test("discards the writes", async () => {
    const turn = await CellTurn.open(gateway());
    const cell = await turn.startAndHold(`store("k", 1); await tools.hold()`);
    turn.terminate(cell.cellId);
    await turn.next("terminated", { id: cell.id });
    const id = turn.ask({ type: "stored_values" });
    expect((await turn.next("stored_values", { id })).values).toEqual({});
  });

  test("gives the outcome of a cell that has finished", async () => {
    const turn = await CellTurn.open(gateway());
    const cell = await turn.startAndFinish(`store("k", 1); text("t")`);
    const id = turn.terminate(cell.cellId);
    const result = await turn.next("result", { id });
    expect(textsOf(result.content)).toEqual(["t"]);
    expect(result).not.toHaveProperty("error");
  });

  test("leaves the outcome unread when the turn that asked is gone", async () => {
    const turn = await CellTurn.open(gateway());
    const cell = await turn.startAndHold(`text("t"); await tools.hold()`, { yieldMs: 0 });
    turn.terminate(cell.cellId);
    await turn.next("terminated");
    turn.raw.socket.terminate();
    const later = await CellTurn.open(gateway(), { after: turn });
    expect(later.welcome.cells).toMatchObject([{ cellId: cell.cellId, state: "finished" }]);
    const wait = later.wait(cell.cellId);
    expect(textsOf((await later.next("terminated", { id: wait })).content)).toEqual(["t"]);
  });
});

test("C11: while a terminate is under way, a second is refused with cell_terminating, and a wait is answered", async () => {
  const own = await runningGateway();
  const turn = await CellTurn.open(own);
  const cell = await turn.startAndHold(`text("t"); tools.hold(); ${UNSTOPPABLE}`, { yieldMs: 0 });
  const [first, second] = [turn.terminate(cell.cellId), turn.terminate(cell.cellId)];
  const wait = turn.wait(cell.cellId, { yieldMs: 10 });
  expect(await turn.next("error", { id: second })).toMatchObject({ code: "cell_terminating" });
  expect(textsOf((await turn.next("terminated", { id: wait })).content)).toEqual(["t"]);
  expect((await turn.next("terminated", { id: first })).content).toEqual([]);
  expect(turn.tagsOf("id", second)).toEqual(["error"]);
});

describe("C12: nothing resists terminate", () => {
  test.for(stubbornSources)("$name", async ({ name, source }) => {
    const turn = await CellTurn.open(gateway());
    const sibling = await turn.startAndHold(`await tools.hold(); text("alive")`);
    const cell = await turn.startAndHold(`text("t"); tools.hold(); ${source}`);
    const pids = gateway().executorPids();
    const start = performance.now();
    const id = turn.terminate(cell.cellId);
    await turn.next("terminated", { id });
    const ms = performance.now() - start;
    printTime(`C12: terminate of ${name}`, ms, 250);
    expect(ms).toBeLessThan(5 * 250);
    expect(textsOf((await turn.next("terminated", { id: cell.id })).content)).toEqual(["t"]);
    turn.release(sibling.callId);
    expect(textsOf((await turn.next("result", { id: sibling.id })).content)).toEqual(["alive"]);
    expect(gateway().executorPids()).toEqual(pids);
  });

  test("a native function that V8 cannot interrupt, at the cost of its process alone", async () => {
    const own = await runningGateway({ executors: 2 });
    const before = own.executorPids();
    // A session's first cell goes to the process with the fewest: the first two are apart, and so are the next two.
    const start = async (source: string) => {
      const turn = await CellTurn.open(own);
      return { turn, ...(await turn.startAndHold(source)) };
    };
    const elsewhere = await start(`await tools.hold(); text("alive")`);
    const { turn, ...cell } = await start(`text("t"); tools.hold(); ${UNSTOPPABLE}`);
    const siblings = [
      await start(`text("s"); await tools.hold(); text("alive")`),
      await start(`text("s"); await tools.hold(); text("alive")`),
    ];
    const asked = performance.now();
    const id = turn.terminate(cell.cellId);
    await turn.next("terminated", { id });
    const ms = performance.now() - asked;
    printTime("C12: terminate of a native function", ms, 500);
    expect(ms).toBeLessThan(5 * 500);
    expect(before.filter(isAlive)).toHaveLength(1);
    expect(textsOf((await turn.next("terminated", { id: cell.id })).content)).toEqual(["t"]);

    for (const { turn, callId } of [elsewhere, ...siblings]) turn.release(callId);
    const survivor = await elsewhere.turn.next("result", { id: elsewhere.id });
    expect(textsOf(survivor.content)).toEqual(["alive"]);
    const results = await Promise.all(siblings.map(({ turn, id }) => turn.next("result", { id })));
    const codes = results.map(({ error }) => error?.code);
    expect(new Set(codes)).toEqual(new Set(["executor_lost", undefined]));
    expect(results.map(({ content }) => textsOf(content).length)).toEqual(codes.map((code) => (code ? 1 : 2)));
    expect(own.executorPids()).toHaveLength(2);
  });

  test("a cell that waits, one that sleeps, and one that has not begun", async () => {
    const turn = await CellTurn.open(gateway());
    for (const source of [FOREVER, "await new Promise((resolve) => setTimeout(resolve, 1e9))", "await tools.hold()"]) {
      const cell = turn.ask({ type: "execute", source, yieldMs: null });
      const { cellId } = await turn.next("started", { id: cell });
      const id = turn.terminate(cellId);
      await turn.next("terminated", { id });
      await turn.next("terminated", { id: cell });
    }
  });
});
