import { describe, expect, test } from "vitest";
import { sharedGateway } from "../support/running-gateway.ts";
import { CellTurn, FOREVER, textsOf } from "./cell-turn.ts";

const gateway = sharedGateway();

/** A cell that holds three times, with a text in front of each. */
const THREE = `text("a"); await tools.hold(); text("b"); await tools.hold(); text("c"); await tools.hold(); text("d")`;

describe("C6: content is delivered once, in order", () => {
  test("an answer takes all that is buffered, and what appears while nobody waits stays", async () => {
    const turn = await CellTurn.open(gateway());
    const cell = await turn.startAndHold(THREE, { yieldMs: 0 });
    expect((await turn.next("yielded", { id: cell.id })).content).toEqual([]);
    turn.release(cell.callId);
    const second = await turn.next("tool_call");
    const wait = turn.wait(cell.cellId, { yieldMs: 0 });
    expect(textsOf((await turn.next("yielded", { id: wait })).content)).toEqual(["a", "b"]);
    turn.release(second.callId);
    const third = await turn.next("tool_call");
    const last = turn.wait(cell.cellId);
    turn.release(third.callId);
    expect(textsOf((await turn.next("result", { id: last })).content)).toEqual(["c", "d"]);
  });

  test("what was acknowledged is not given again", async () => {
    const turn = await CellTurn.open(gateway());
    const cell = await turn.startAndHold(THREE, { yieldMs: 0 });
    const wait = turn.wait(cell.cellId, { yieldMs: 0 });
    turn.raw.ack((await turn.next("yielded", { id: wait })).seq);
    await turn.raw.settle();
    await turn.raw.close();

    const later = await CellTurn.open(gateway(), { after: turn });
    const again = later.wait(cell.cellId, { yieldMs: 0 });
    expect((await later.next("yielded", { id: again })).content).toEqual([]);
  });

  test("what a lost turn did not acknowledge is unread again, in front of what has come since", async () => {
    const turn = await CellTurn.open(gateway());
    const cell = await turn.startAndHold(THREE, { yieldMs: 0 });
    const wait = turn.wait(cell.cellId, { yieldMs: 0 });
    await turn.next("yielded", { id: wait });
    turn.release(cell.callId);
    const { callId } = await turn.next("tool_call");
    const second = turn.wait(cell.cellId, { yieldMs: 0 });
    expect(textsOf((await turn.next("yielded", { id: second })).content)).toEqual(["b"]);
    turn.release(callId);
    await turn.next("tool_call");
    turn.raw.socket.terminate();

    const later = await CellTurn.open(gateway(), { after: turn });
    expect(later.welcome.cells).toMatchObject([{ cellId: cell.cellId, unreadBytes: 3 }]);
    const again = later.wait(cell.cellId, { yieldMs: 0 });
    expect(textsOf((await later.next("yielded", { id: again })).content)).toEqual(["a", "b", "c"]);
  });

  test("of several answers only those after the acknowledged one come back", async () => {
    const turn = await CellTurn.open(gateway());
    const cell = await turn.startAndHold(THREE, { yieldMs: 0 });
    const first = turn.wait(cell.cellId, { yieldMs: 0 });
    const { seq } = await turn.next("yielded", { id: first });
    turn.release(cell.callId);
    await turn.next("tool_call");
    const second = turn.wait(cell.cellId, { yieldMs: 0 });
    await turn.next("yielded", { id: second });
    // Any frame may carry the acknowledgement.
    turn.raw.send({ type: "ping", ack: seq });
    await turn.next("pong");
    await turn.raw.close();

    const later = await CellTurn.open(gateway(), { after: turn });
    const again = later.wait(cell.cellId, { yieldMs: 0 });
    expect(textsOf((await later.next("yielded", { id: again })).content)).toEqual(["b"]);
  });

  test("an answer in several frames comes back as a whole unless its own frame was acknowledged", async () => {
    const turn = await CellTurn.open(gateway());
    const result = await turn.run(`for (let i = 0; i < 20_000; i++) text(i)`);
    expect(turn.tagsOf("id", result.id)).toEqual(["started", "content", "content", "content", "result"]);
    turn.raw.ack(result.seq - 1);
    await turn.raw.settle();
    await turn.raw.close();

    const later = await CellTurn.open(gateway(), { after: turn });
    const again = later.wait(result.cellId);
    const { seq } = await later.next("result", { id: again });
    expect(later.textsTo(again)).toEqual(Array.from({ length: 20_000 }, (_, index) => String(index)));
    later.raw.ack(seq);
    await later.next("cell_closed", { cellId: result.cellId });
  });

  test("an outcome that a lost turn did not acknowledge is unread again, with its content", async () => {
    const turn = await CellTurn.open(gateway());
    const result = await turn.run(`text("end"); throw new Error("why")`);
    expect(result.error?.code).toBe("script_error");
    await turn.raw.close();

    const later = await CellTurn.open(gateway(), { after: turn });
    expect(later.welcome.cells).toMatchObject([{ cellId: result.cellId, state: "finished", unreadBytes: 3 }]);
    const wait = later.wait(result.cellId);
    const again = await later.next("result", { id: wait });
    expect({ ...again, id: 0, seq: 0 }).toEqual({ ...result, id: 0, seq: 0 });
    later.raw.ack();
    expect(await later.next("cell_closed", { cellId: result.cellId })).toMatchObject({ reason: "taken" });
  });

  test("the content of a wait whose turn was lost is for the next one", async () => {
    const turn = await CellTurn.open(gateway());
    const cell = await turn.startAndHold(`await tools.hold(); text("x"); yield_control(); ${FOREVER}`);
    await turn.raw.close();

    const later = await CellTurn.open(gateway(), { after: turn });
    const { callId } = await later.next("tool_call");
    const wait = later.wait(cell.cellId);
    later.release(callId);
    expect(textsOf((await later.next("yielded", { id: wait })).content)).toEqual(["x"]);
  });
});

describe("C13: the end of a cell", () => {
  test("cancels open calls, delivers notifications, commits writes, and then answers", async () => {
    const turn = await CellTurn.open(gateway());
    const source = `notify("1"); tools.hold(); store("k", 1); notify("2"); text("t"); exit()`;
    const cell = await turn.startAndHold(source);
    const { callId } = cell;
    const result = await turn.next("result", { id: cell.id });
    expect(await turn.next("tool_cancel")).toMatchObject({ callId, reason: "ended" });
    expect(textsOf(result.content)).toEqual(["t"]);
    const values = turn.ask({ type: "stored_values" });
    expect((await turn.next("stored_values", { id: values })).values).toEqual({ k: 1 });
    const notified = turn.raw.frames.flatMap((frame) => (frame.type === "notify" ? [frame.text] : []));
    expect(notified).toEqual(["1", "2"]);
    const tags = turn.raw.tags;
    expect(tags.indexOf("tool_cancel")).toBeLessThan(tags.indexOf("result"));
    expect(tags.lastIndexOf("notify")).toBeLessThan(tags.indexOf("result"));
  });

  test("is said last, by cell_closed, and only after the outcome was acknowledged", async () => {
    const turn = await CellTurn.open(gateway());
    const result = await turn.run(`text("t")`);
    await turn.raw.settle();
    expect(turn.raw.tags).not.toContain("cell_closed");
    turn.raw.ack(result.seq - 1);
    await turn.raw.settle();
    expect(turn.raw.tags).not.toContain("cell_closed");
    turn.raw.ack(result.seq);
    expect(await turn.next("cell_closed")).toMatchObject({ cellId: result.cellId, reason: "taken" });
    const wait = turn.wait(result.cellId);
    expect((await turn.next("result", { id: wait })).error).toMatchObject({ reason: "already_taken" });
    turn.raw.ack();
    await turn.raw.settle();
    expect(turn.tagsOf("cellId", result.cellId).filter((tag) => tag === "cell_closed")).toHaveLength(1);
  });

  test.for([
    [`text("fine")`, true],
    ["throw 1", false],
    ["let let", false],
  ] as const)("is pushed where nobody waits: %s", async ([source, ok]) => {
    const turn = await CellTurn.open(gateway());
    const cell = await turn.start(`await tools.hold(); ${source}`, { yieldMs: 0 });
    if (!source.startsWith("let")) turn.release((await turn.next("tool_call")).callId);
    expect(await turn.next("cell_finished")).toMatchObject({ cellId: cell.cellId, ok });
    turn.raw.ack();
    await turn.raw.settle();
    expect(turn.raw.tags).not.toContain("cell_closed");
    const wait = turn.wait(cell.cellId);
    turn.raw.ack((await turn.next("result", { id: wait })).seq);
    expect(await turn.next("cell_closed")).toMatchObject({ cellId: cell.cellId, reason: "taken" });
  });

  test("is not pushed where somebody waits", async () => {
    const turn = await CellTurn.open(gateway());
    await turn.run("1");
    turn.raw.ack();
    await turn.next("cell_closed");
    expect(turn.raw.tags).not.toContain("cell_finished");
  });

  test("is said of the cells of a session that is ended, with that reason", async () => {
    const turn = await CellTurn.open(gateway());
    const live = await turn.startAndHold("await tools.hold()", { yieldMs: 0 });
    const finished = await turn.startAndFinish("1");
    const end = turn.ask({ type: "end_session" });
    await turn.next("ok", { id: end });
    expect(await turn.next("tool_cancel")).toMatchObject({ callId: live.callId, reason: "shutdown" });
    for (const { cellId } of [live, finished]) {
      expect(await turn.next("cell_closed", { cellId })).toMatchObject({ reason: "session_ended" });
      expect(turn.tagsOf("cellId", cellId).at(-1)).toBe("cell_closed");
    }
    expect((await turn.raw.closed).code).toBe(1000);
  });
});
