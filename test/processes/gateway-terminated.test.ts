import { describe, expect, onTestFinished, test } from "vitest";
import { connect, type Outcome, type StateEvent, type Turn } from "../../client/index.ts";
import { printTime } from "../e2e/cell-turn.ts";
import { untilGone } from "../executor/process-signs.ts";
import { CellgateProcess } from "../support/cellgate-process.ts";
import { rawRequest, upgradeHead } from "../support/raw-request.ts";
import { RawTurn, subprotocols } from "../support/raw-turn.ts";
import { LoadedTurn } from "./loaded-turn.ts";

const token = "a-token-of-the-test";
const TURNS = 12;

/** From SIGTERM to the exit, beyond `drainMs`: cells are terminated, the closes are spread, clients read and answer. */
const BOUND_MS = 5_000 + 1_000 + 2_000 + 2_000;

function start(...args: string[]): CellgateProcess {
  const cellgate = new CellgateProcess(["--executors", "2", ...args], { CELLGATE_TOKEN: token });
  onTestFinished(() => void cellgate.child.kill("SIGKILL"));
  return cellgate;
}

/** An SDK client that runs cells one after another until something goes wrong, and then says what. */
async function runUntilFailure(turn: Turn, outcomes: Outcome[]): Promise<unknown> {
  for (;;) {
    try {
      outcomes.push(await turn.run(`text(await tools.echo(1))`));
    } catch (error) {
      return error;
    }
  }
}

/** A gateway under the load of raw turns, and of three turns of the SDK, of which one waits for a cell that hangs. */
async function underLoad(...args: string[]) {
  const cellgate = start("--port", "0", ...args);
  const url = await cellgate.url();
  const loaded = await Promise.all(
    Array.from({ length: TURNS }, async (_, index) => {
      const raw = await RawTurn.open({ url, token, subprotocol: subprotocols[index % 2] });
      onTestFinished(() => raw.socket.terminate());
      return new LoadedTurn(raw, { isPolite: index < TURNS / 2, isHot: index === 0 });
    }),
  );
  await Promise.all(loaded.map((turn) => turn.begin()));
  const states: StateEvent["state"][] = [];
  const drains: number[] = [];
  const outcomes: Outcome[] = [];
  const openSdk = async () => {
    const turn = await connect(url, {
      token,
      reconnect: { maxTries: 3, baseMs: 1 },
      tools: {
        echo: { description: "", run: (input) => input },
        never: { description: "", run: () => new Promise(() => {}) },
      },
      onState: ({ state }) => void states.push(state),
      onDrain: ({ retryAfterMs }) => void drains.push(retryAfterMs),
    });
    onTestFinished(() => turn.close());
    return turn;
  };
  const sdk = await Promise.all([openSdk(), openSdk(), openSdk()]);
  const [first, second, third] = sdk;
  const failures = Promise.all([runUntilFailure(first, outcomes), runUntilFailure(second, outcomes)]);
  const hanging = third.run(`text("hangs"); await tools.never()`).catch((error: unknown) => error);
  // Every kind of request has been answered at least once.
  while (loaded.some(({ answers }) => answers.length < 40)) await loaded[0]!.raw.arrival();
  return { cellgate, url, loaded, sdk, states, drains, outcomes, failures, hanging };
}

describe("SIGTERM under load", () => {
  test("leaves no request without an answer, and ends the gateway with 0 in time", async () => {
    const DRAIN_MS = 600;
    const { cellgate, url, loaded, sdk, states, drains, outcomes, failures, hanging } = await underLoad(
      "--drain-ms",
      `${DRAIN_MS}`,
    );
    // One that has stopped reading holds nothing up.
    const deaf = await RawTurn.open({ url, token });
    onTestFinished(() => deaf.socket.terminate());
    await deaf.hello();
    deaf.send({ type: "execute", id: 1, source: `for (;;) { text("x".repeat(100_000)); await null; }`, stream: true });
    await deaf.next("content");
    deaf.socket.pause();

    const executors = cellgate.executors();
    const at = performance.now();
    cellgate.child.kill("SIGTERM");
    await loaded[0]!.raw.next("drain");
    expect((await rawRequest(url, "GET /readyz HTTP/1.0\r\n\r\n")).status).toBe(503);
    const headers = { Authorization: `Bearer ${token}`, "Sec-WebSocket-Protocol": "cellgate.v1.json" };
    const refused = await rawRequest(url, upgradeHead("/v1/turn", headers));
    expect([refused.status, Number(refused.headers.get("retry-after"))]).toEqual([503, 2]);

    expect(await cellgate.exited).toEqual({ code: 0, signal: null });
    const tookMs = performance.now() - at;
    printTime(`SIGTERM with ${TURNS + 4} turns at work, to exit 0`, tookMs, DRAIN_MS + BOUND_MS);
    expect(tookMs).toBeLessThan(DRAIN_MS + BOUND_MS);
    await Promise.all(executors.map((pid) => untilGone(pid, 1_000)));

    let [requests, refusedCells, closedOver] = [0, 0, 0];
    for (const { raw, answers, unanswered, tooLate } of loaded) {
      expect(await raw.closed).toEqual({ code: 1012, reason: "the gateway is going down" });
      const drain = raw.frames.find((frame) => frame.type === "drain");
      expect(drain?.retryAfterMs).toBeGreaterThan(0);
      expect(answers.filter((final) => final.length > 1)).toEqual([]);
      // The last ones crossed the close, which is their answer.
      const lastOnes = Array.from(unanswered, (_, index) => answers.length - unanswered.length + index + 1);
      expect(unanswered).toEqual(lastOnes);
      for (const id of tooLate) expect([[], ["draining"]]).toContainEqual(answers[id - 1]);
      requests += answers.length;
      refusedCells += tooLate.size;
      closedOver += unanswered.length;
    }
    const polite = loaded.slice(0, TURNS / 2);
    expect(polite.flatMap(({ unanswered }) => unanswered)).toEqual([]);
    expect(polite[0]!.answers[0]).toEqual(["terminated"]);
    expect(refusedCells).toBeGreaterThan(0);
    console.log(`${requests} requests, ${refusedCells} cells refused, ${closedOver} requests crossed the close`);

    for (const failure of await failures) {
      expect(failure).toMatchObject({ name: "RequestError", code: "draining", retryAfterMs: expect.any(Number) });
    }
    expect(outcomes.every(({ text }) => text === "1")).toBe(true);
    expect(await hanging).toMatchObject({ type: "terminated", content: [{ type: "text", text: "hangs" }] });
    expect(drains).toHaveLength(3);
    for (const { code } of await Promise.all(sdk.map((turn) => turn.closed))) expect([1006, 1012]).toContain(code);
    expect(states.filter((state) => state === "closed")).toHaveLength(3);
  });

  test("and again ends it at once: sockets are cut, and nothing pends for ever", async () => {
    const { cellgate, loaded, sdk, drains, failures, hanging } = await underLoad("--drain-ms", "60000");
    const executors = cellgate.executors();
    cellgate.child.kill("SIGTERM");
    await Promise.all(loaded.map(({ raw }) => raw.next("drain")));
    expect(await failures).toMatchObject([{ code: "draining" }, { code: "draining" }]);
    const at = performance.now();
    cellgate.child.kill("SIGTERM");
    expect(await cellgate.exited).toEqual({ code: 1, signal: null });
    printTime("a second SIGTERM, to exit 1", performance.now() - at, 500);
    await Promise.all(executors.map((pid) => untilGone(pid, 1_000)));
    for (const { raw } of loaded) expect((await raw.closed).code).toBe(1006);
    expect(drains).toHaveLength(3);
    expect(await hanging).toMatchObject({ name: "ConnectionError", code: "connection_lost", retryable: true });
    await Promise.all(sdk.map((turn) => turn.closed));
  });
});

test("where another gateway is in its place at the same address, turns end with a SessionLostError and new ones open", async () => {
  const cellgate = start("--port", "0", "--drain-ms", "50");
  const url = await cellgate.url();
  const states: StateEvent[] = [];
  const turn = await connect(url, {
    token,
    reconnect: { baseMs: 10, capMs: 50 },
    tools: { never: { description: "", run: () => new Promise(() => {}) } },
    onState: (event) => void states.push(event),
  });
  onTestFinished(() => turn.close());
  const hanging = turn.run(`text(1); await tools.never()`);
  cellgate.child.kill("SIGTERM");
  expect((await hanging).type).toBe("terminated");
  expect(await cellgate.exited).toEqual({ code: 0, signal: null });
  const asked = turn.listCells().catch((error: unknown) => error);
  const next = start("--port", new URL(url).port);
  await next.ready();
  expect(await asked).toMatchObject({ name: "SessionLostError", closeCode: 4404, retryable: false });
  expect(states.find(({ state }) => state === "lost")).toMatchObject({ closure: { code: 1012, retryable: true } });
  expect(states.at(-1)).toMatchObject({ state: "closed", closure: { code: 4404 } });
  const fresh = await connect(url, { token });
  expect((await fresh.run(`text("well")`)).text).toBe("well");
  await fresh.close();
});
