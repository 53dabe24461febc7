import { describe, expect, test } from "vitest";
import { runningGateway, sharedGateway } from "../support/running-gateway.ts";
import { CellTurn, FOREVER, hold, textsOf } from "./cell-turn.ts";
import { releaseWithoutHost } from "./hostless-cell.ts";
import { sdkTurn } from "./sdk-turn.ts";

const gateway = sharedGateway();
const tool = (name: string) => ({ name, description: "" });

/** What was pushed to a host, in order: texts of notifications, inputs of calls with their attempt. */
const pushed = (turn: CellTurn) =>
  turn.raw.frames.flatMap((frame) => {
    if (frame.type === "notify") return [`notify ${frame.text}`];
    return frame.type === "tool_call" ? [`${frame.name} ${String(frame.input)} ${frame.attempt ?? 1}`] : [];
  });

describe("T8: while there is no host", () => {
  test("calls and notifications wait, and the next turn gets them in their order", async () => {
    const first = await CellTurn.open(gateway());
    const cell = await first.startAndHold(`
      await tools.hold("first");
      notify("1"); const a = tools.hold("a"); notify("2"); const b = tools.hold("b"); notify("3");
      text(await a); text(await b);
    `);
    await releaseWithoutHost(gateway(), first, cell.callId);
    const second = await CellTurn.open(gateway(), { after: first });
    expect(second.welcome.openCalls).toEqual([]);
    expect(second.welcome.cells).toMatchObject([{ cellId: cell.cellId, state: "running", openCalls: 2 }]);
    await second.next("notify", { text: "3" });
    expect(pushed(second)).toEqual(["notify 1", "hold a 1", "notify 2", "hold b 1", "notify 3"]);
    for (const input of ["a", "b"]) {
      const { callId } = await second.next("tool_call", { input });
      second.raw.send({ type: "tool_result", callId, value: input });
    }
    const wait = second.wait(cell.cellId);
    expect(textsOf((await second.next("result", { id: wait })).content)).toEqual(["a", "b"]);
  });

  test("a cell that ends leaves its notifications, but no calls", async () => {
    const first = await CellTurn.open(gateway());
    const cell = await first.startAndHold(
      `await tools.hold(); notify("before"); tools.hold("dropped"); notify("last"); store("k", 1); text("end")`,
    );
    await releaseWithoutHost(gateway(), first, cell.callId);
    const second = await CellTurn.open(gateway(), { after: first });
    expect(second.welcome.cells).toMatchObject([{ cellId: cell.cellId, state: "finished", openCalls: 0 }]);
    await second.next("notify", { text: "last" });
    expect(pushed(second)).toEqual(["notify before", "notify last"]);
    const wait = second.wait(cell.cellId);
    expect(textsOf((await second.next("result", { id: wait })).content)).toEqual(["end"]);
  });

  test("the host's SDK serves what has waited before it is asked for anything", async () => {
    const first = await CellTurn.open(gateway());
    const cell = await first.startAndHold(`await tools.hold(); notify("n"); text(await tools.hold("x"))`);
    await releaseWithoutHost(gateway(), first, cell.callId);
    const heard: unknown[] = [];
    const { sessionId, sessionToken } = first.session;
    const second = await sdkTurn(gateway(), {
      session: { id: sessionId, token: sessionToken },
      tools: { hold: { description: "", run: (input) => `${String(input)}!` } },
      onNotify: ({ text }) => void heard.push(text),
    });
    expect(second.turn).toBe(2);
    expect((await second.wait(cell.cellId)).text).toBe("x!");
    expect(heard).toEqual(["n"]);
  });
});

describe("T8: calls that an earlier host was given and did not answer", () => {
  test("are offered again under their ids, before what has waited", async () => {
    const first = await CellTurn.open(gateway());
    const cell = await first.startAndHold(`
      tools.hold("go").then(() => { notify("n"); tools.hold("new") });
      tools.hold("open 1"); tools.hold("open 2");
      ${FOREVER}
    `);
    const open = [await first.next("tool_call"), await first.next("tool_call")];
    await releaseWithoutHost(gateway(), first, cell.callId);
    const second = await CellTurn.open(gateway(), { after: first });
    expect(second.welcome.openCalls).toEqual(open.map(({ callId }) => callId));
    await second.next("tool_call", { input: "new" });
    expect(pushed(second)).toEqual(["hold open 1 2", "hold open 2 2", "notify n", "hold new 1"]);
    const again = second.raw.frames.filter((frame) => frame.type === "tool_call");
    expect(again.slice(0, 2).map(({ callId }) => callId)).toEqual(open.map(({ callId }) => callId));
  });

  test("reject with tool_unavailable where the next host does not have the tool, and so do those that waited", async () => {
    const first = await CellTurn.open(gateway(), { tools: [hold, tool("x")] });
    const cell = await first.startAndHold(`
      const describe = (call) => call.catch((error) => text([error.tool, error.code, String(error)]));
      await Promise.all([tools.hold("go").then(() => describe(tools.x("waits"))), describe(tools.x("open")), tools.hold("stays")]);
    `);
    await first.next("tool_call", { input: "stays" });
    await releaseWithoutHost(gateway(), first, cell.callId);
    const second = await CellTurn.open(gateway(), { after: first });
    const stays = await second.next("tool_call");
    expect(pushed(second)).toEqual(["hold stays 2"]);
    second.release(stays.callId);
    const wait = second.wait(cell.cellId);
    const texts = textsOf((await second.next("result", { id: wait })).content);
    const message = 'tool "x" is not available: the host that is attached now does not have it';
    expect(texts).toEqual(Array(2).fill(JSON.stringify(["x", "tool_unavailable", message])));
  });

  test("and that reject leave their places to others, which are offered once", async () => {
    const small = await runningGateway({ limits: { callsPerSession: 2 } });
    const first = await CellTurn.open(small, { tools: [hold, tool("x")] });
    await first.start(
      `tools.x("gone").catch(() => notify("rejected")); tools.hold("open"); tools.hold("waits 1"); await tools.hold("waits 2")`,
      { yieldMs: 0 },
    );
    await first.next("tool_call", { input: "open" });
    const second = await CellTurn.open(small, { after: first });
    await second.next("tool_call", { input: "waits 1" });
    const open = await second.next("tool_call", { input: "open" });
    second.release(open.callId);
    await second.next("tool_call", { input: "waits 2" });
    await second.next("notify", { text: "rejected" });
    expect(pushed(second).filter((entry) => entry.startsWith("hold"))).toEqual([
      "hold open 2",
      "hold waits 1 1",
      "hold waits 2 1",
    ]);
  });
});
