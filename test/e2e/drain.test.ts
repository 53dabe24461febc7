import { setTimeout } from "node:timers/promises";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { WebSocket } from "ws";
import { connect } from "../../client/index.ts";
import { textsOf } from "./cell-turn.ts";
import { rawRequest, rawSocket, upgradeHead } from "../support/raw-request.ts";
import { RawTurn } from "../support/raw-turn.ts";
import { runningGateway } from "../support/running-gateway.ts";

const restart = { code: 1012, reason: "the gateway is going down" };
const forever = "notify('runs'); await tools.never()";
const tools = [{ name: "never", description: "" }];

/** A gateway with one turn, whose cell waits for a tool. */
async function busy(drainMs: number) {
  const gateway = await runningGateway({ limits: { drainMs } });
  const turn = await gateway.open();
  await turn.hello({ tools });
  turn.send({ type: "execute", id: 1, source: forever, yieldMs: null });
  const { callId } = await turn.next("tool_call");
  return { callId, gateway, turn };
}

describe("while a gateway drains", () => {
  test("it is not ready, and lets nobody in, by status or by close code", async () => {
    const { gateway } = await busy(60_000);
    const { token, url } = gateway;
    const drained = gateway.drain();
    expect(await rawRequest(url, "GET /readyz HTTP/1.0\r\n\r\n")).toMatchObject({
      status: 503,
      body: "the gateway is going down\n",
    });
    expect((await rawRequest(url, "GET /healthz HTTP/1.0\r\n\r\n")).status).toBe(200);
    const headers = { Authorization: `Bearer ${token}`, "Sec-WebSocket-Protocol": "cellgate.v1.json" };
    const refused = await rawRequest(url, upgradeHead("/v1/turn", headers));
    expect([refused.status, refused.body]).toEqual([503, "the gateway is going down\n"]);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(30);
    const offer = `cellgate.bearer.${Buffer.from(token).toString("base64url")}`;
    const browser = new RawTurn(new WebSocket(url, ["cellgate.v1.json", offer], { perMessageDeflate: false }));
    expect(await browser.closed).toEqual(restart);
    await gateway.close();
    await drained;
  });

  test("turns are told, cells that run come to their end, and then all sockets close with 1012", async () => {
    const { callId, gateway, turn } = await busy(60_000);
    const drained = gateway.drain();
    const { deadlineMs, retryAfterMs } = await turn.next("drain");
    expect(deadlineMs).toBeGreaterThan(30_000);
    expect(retryAfterMs).toBe(deadlineMs + 1_000);
    turn.send({ type: "execute", id: 2, source: "1" });
    expect(await turn.next("error", { id: 2 })).toMatchObject({ code: "draining", retryAfterMs: expect.any(Number) });
    turn.send({ type: "tool_result", callId, value: 1 });
    expect((await turn.next("result", { id: 1 })).error).toBeUndefined();
    expect(await turn.closed).toEqual(restart);
    await drained;
    await expect(rawSocket(gateway.url)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  test("cells that still run at the deadline are terminated, and their waiters are told before the close", async () => {
    const { gateway, turn } = await busy(50);
    turn.send({ type: "execute", id: 2, source: "while (true) {}", yieldMs: null });
    await turn.next("started", { id: 2 });
    const drained = gateway.drain();
    expect((await turn.next("tool_cancel")).reason).toBe("shutdown");
    await turn.next("terminated", { id: 1 });
    await turn.next("terminated", { id: 2 });
    expect(await turn.closed).toEqual(restart);
    await drained;
  });

  test("a client that is behind with its reading gets what is left for it before the close", async () => {
    // Its socket is the first to be closed, at once.
    const random = vi.spyOn(Math, "random").mockReturnValue(0);
    onTestFinished(() => random.mockRestore());
    const gateway = await runningGateway({ limits: { drainMs: 50 } });
    const turn = await gateway.open();
    await turn.hello({ tools });
    const source = "for (let i = 0; i < 14; i++) text('x'.repeat(1e6)); notify('put'); await tools.never()";
    turn.send({ type: "execute", id: 1, source, yieldMs: null });
    await turn.next("tool_call");
    turn.socket.pause();
    const drained = gateway.drain();
    while (!gateway.log.some((line) => line.startsWith("a cell ended"))) await setTimeout(10);
    turn.socket.resume();
    await turn.next("terminated");
    const items = turn.frames.flatMap((frame) => ("content" in frame ? frame.content : []));
    expect(textsOf(items).join("")).toHaveLength(14e6);
    expect(await turn.closed).toEqual(restart);
    await drained;
  });

  test("a client of the SDK hears of it, and its execute rejects with what may be tried again", async () => {
    const { gateway } = await busy(60_000);
    const heard = Promise.withResolvers<{ deadlineMs: number; retryAfterMs: number }>();
    const turn = await connect(gateway.url, { token: gateway.token, onDrain: heard.resolve });
    const drained = gateway.drain();
    const { retryAfterMs } = await heard.promise;
    expect(retryAfterMs).toBeGreaterThan(30_000);
    await expect(turn.execute("1")).rejects.toMatchObject({
      name: "RequestError",
      code: "draining",
      retryable: true,
      retryAfterMs: expect.any(Number),
    });
    await gateway.close();
    await drained;
    await turn.close();
  });
});

describe("draining is over", () => {
  test("without any cell as soon as the sockets have closed", async () => {
    const gateway = await runningGateway({ limits: { drainMs: 3_600_000 } });
    const turns = await Promise.all([gateway.open(), gateway.open("cellgate.v1.json")]);
    await gateway.drain();
    expect(await Promise.all(turns.map((turn) => turn.closed))).toEqual([restart, restart]);
  });

  test("when no client is left, whatever still runs", async () => {
    const { gateway, turn } = await busy(3_600_000);
    const drained = gateway.drain();
    await turn.close();
    await drained;
  });

  test("when it is closed in between", async () => {
    const { gateway, turn } = await busy(3_600_000);
    const drained = gateway.drain();
    await turn.next("drain");
    await gateway.close();
    await drained;
    expect(await turn.closed).toEqual(restart);
  });

  test("once, however often it is asked for", async () => {
    const { callId, gateway, turn } = await busy(3_600_000);
    const drained = [gateway.drain(), gateway.drain()];
    await turn.next("drain");
    turn.send({ type: "tool_result", callId });
    await Promise.all(drained);
    expect(turn.tags.filter((tag) => tag === "drain")).toHaveLength(1);
  });
});
