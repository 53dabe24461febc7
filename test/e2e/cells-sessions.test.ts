import { describe, expect, test } from "vitest";
import { runningGateway, sharedGateway, type TestGateway } from "../support/running-gateway.ts";
import { CellTurn, FOREVER, textsOf } from "./cell-turn.ts";

const gateway = sharedGateway();

/** The code with which the gateway closes a turn that asks for this session. */
async function refusalOf(to: TestGateway, session: { sessionId: string; sessionToken: string }): Promise<number> {
  const raw = await to.open();
  raw.send({ type: "hello", ...session });
  return (await raw.closed).code;
}

describe("one session, several turns one after another", () => {
  test("each finds the cells, the content and the stored values of those before it, and brings tools of its own", async () => {
    const first = await CellTurn.open(gateway());
    expect(first.welcome).toMatchObject({ turn: 1, cells: [], openCalls: [] });
    await first.run(`store("seen", [1])`);
    const source = `text("a"); yield_control(); ${FOREVER}`;
    const cell = await first.start(source, { yieldMs: null, toolCallId: "call_1" });
    first.raw.ack((await first.next("yielded", { id: cell.id })).seq);
    await first.raw.settle();
    await first.raw.close();

    const second = await CellTurn.open(gateway(), { after: first, tools: [{ name: "look", description: "Looks." }] });
    const { sessionId, sessionToken } = first.session;
    expect(second.welcome).toMatchObject({ turn: 2, sessionId, sessionToken, openCalls: [] });
    expect(second.welcome.cells).toMatchObject([{ cellId: cell.cellId, state: "running", toolCallId: "call_1" }]);
    const { content } = await second.run(`store("seen", [...load("seen"), 2]); text(Object.keys(tools))`);
    expect(textsOf(content)).toEqual([`["look"]`]);
    const id = second.terminate(cell.cellId);
    expect((await second.next("terminated", { id })).content).toEqual([]);
    second.raw.ack();
    await second.raw.settle();
    await second.raw.close();

    const third = await CellTurn.open(gateway(), { after: first });
    expect(third.welcome).toMatchObject({ turn: 3, cells: [] });
    expect(textsOf((await third.run(`text(load("seen"))`)).content)).toEqual(["[1,2]"]);
  });

  test("a cell runs on while nobody is there, and its end is found by the next turn", async () => {
    const first = await CellTurn.open(gateway());
    const cell = await first.start(`text("a"); await new Promise((resolve) => setTimeout(resolve, 50)); text("b")`);
    await first.raw.close();
    const second = await CellTurn.open(gateway(), { after: first });
    const wait = second.wait(cell.cellId);
    expect(textsOf((await second.next("result", { id: wait })).content)).toEqual(["a", "b"]);
  });

  test("ids of requests begin anew with each turn", async () => {
    const first = await CellTurn.open(gateway());
    const one = await first.start("1");
    const second = await CellTurn.open(gateway(), { after: first });
    const other = await second.start("2");
    expect(other.id).toBe(one.id);
    expect(other.cellId).not.toBe(one.cellId);
  });
});

describe("a newer host", () => {
  test("takes the session over: the older socket is closed with 4409", async () => {
    const older = await CellTurn.open(gateway());
    const cell = await older.startAndHold(`text("a"); await tools.hold(); text("b")`);
    const newer = await CellTurn.open(gateway(), { after: older });
    expect((await older.raw.closed).code).toBe(4409);
    expect(older.tagsOf("id", cell.id)).toEqual(["started"]);
    expect(newer.welcome).toMatchObject({ turn: 2, openCalls: [cell.callId] });
    // The older execute is no waiter any more: the cell is free for another.
    const wait = newer.wait(cell.cellId);
    expect(await newer.next("tool_call")).toMatchObject({ callId: cell.callId, attempt: 2 });
    newer.release(cell.callId);
    expect(textsOf((await newer.next("result", { id: wait })).content)).toEqual(["a", "b"]);
  });

  test("hears of the end of a cell that the older one waited for", async () => {
    const older = await CellTurn.open(gateway());
    const cell = await older.startAndHold(`await tools.hold(); text("t")`);
    const newer = await CellTurn.open(gateway(), { after: older });
    newer.release((await newer.next("tool_call")).callId);
    expect(await newer.next("cell_finished")).toMatchObject({ cellId: cell.cellId, ok: true });
  });

  test("gets what the older one was sent and did not acknowledge", async () => {
    const older = await CellTurn.open(gateway());
    const result = await older.run(`text("t")`);
    const newer = await CellTurn.open(gateway(), { after: older });
    const wait = newer.wait(result.cellId);
    expect(textsOf((await newer.next("result", { id: wait })).content)).toEqual(["t"]);
  });

  test("takes over from a newer one again, time after time, and nothing is lost", async () => {
    const turns = [await CellTurn.open(gateway())];
    const cell = await turns[0]!.startAndHold(`text("a"); await tools.hold(); text("b")`, { yieldMs: 0 });
    for (let count = 0; count < 10; count++) {
      const turn = await CellTurn.open(gateway(), { after: turns[0] });
      const wait = turn.wait(cell.cellId, { yieldMs: 0 });
      expect(textsOf((await turn.next("yielded", { id: wait })).content)).toEqual(["a"]);
      turns.push(turn);
    }
    const codes = await Promise.all(turns.slice(0, -1).map(async ({ raw }) => (await raw.closed).code));
    expect(new Set(codes)).toEqual(new Set([4409]));
  });

  test("of another session disturbs nobody", async () => {
    const turn = await CellTurn.open(gateway());
    const stranger = await CellTurn.open(gateway());
    expect(stranger.session.sessionId).not.toBe(turn.session.sessionId);
    expect((await turn.run("1")).error).toBeUndefined();
  });
});

describe("a session without a host", () => {
  test("ends after sessionTtlMs, with its cells, and is 4410 from then on", async () => {
    // One session in all, and one cell that runs: others get in when the first are over.
    const own = await runningGateway({ limits: { sessionTtlMs: 50, sessions: 1, cells: 1 } });
    const turn = await CellTurn.open(own);
    await turn.startAndHold("await tools.hold()");
    expect(await refusalOf(own, {} as CellTurn["session"])).toBe(1013);
    const start = performance.now();
    await turn.raw.close();
    const next = await openWhenThereIsRoom(own);
    expect(performance.now() - start).toBeGreaterThan(45);
    expect(await refusalOf(own, turn.session)).toBe(4410);
    expect((await next.run("1")).error).toBeUndefined();
  });

  test("lives on while a host is attached, however long that is", async () => {
    const own = await runningGateway({ limits: { sessionTtlMs: 1_500 } });
    const turn = await CellTurn.open(own);
    await turn.raw.close();
    const later = await CellTurn.open(own, { after: turn });
    // A timer inside of the cell: by then the session would have expired.
    const result = await later.run(`await new Promise((resolve) => setTimeout(resolve, 1_600)); text("t")`);
    expect(textsOf(result.content)).toEqual(["t"]);
  });

  test("that never was is 4404, and one with another token 4403", async () => {
    const turn = await CellTurn.open(gateway());
    const { sessionId, sessionToken } = turn.session;
    expect(await refusalOf(gateway(), { sessionId: "nonsense", sessionToken })).toBe(4404);
    expect(await refusalOf(gateway(), { sessionId, sessionToken: "wrong" })).toBe(4403);
    expect((await turn.run("1")).error).toBeUndefined();
  });

  test("is 4410 as soon as it was ended", async () => {
    const turn = await CellTurn.open(gateway());
    await turn.start(FOREVER);
    const id = turn.ask({ type: "end_session" });
    await turn.next("ok", { id });
    expect((await turn.raw.closed).code).toBe(1000);
    expect(await refusalOf(gateway(), turn.session)).toBe(4410);
  });
});

/** Asks for a session until there is room for one. */
async function openWhenThereIsRoom(to: TestGateway): Promise<CellTurn> {
  for (;;) {
    const raw = await to.open();
    raw.send({ type: "hello" });
    const code = await Promise.race([raw.closed.then(({ code }) => code), raw.next("welcome").catch(() => undefined)]);
    if (typeof code === "object") return new CellTurn(raw, code);
    expect(code ?? (await raw.closed).code).toBe(1013);
  }
}
