import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocket as WsWebSocket } from "ws";
import { connect, ConnectionError, SessionLostError, type Tool } from "../../client/index.ts";
import { runningGateway, sharedGateway } from "../support/running-gateway.ts";
import { hold } from "./cell-turn.ts";
import { type SdkOptions, sdkTurn } from "./sdk-turn.ts";

const gateway = sharedGateway();
const subprotocols = ["cellgate.v1.msgpack", "cellgate.v1.json"] as const;
const sockets = { "the global WebSocket": undefined, "the package ws": WsWebSocket } as const;

/** A server that takes connections and says nothing, or refuses every upgrade with a status. */
async function oddServer(status?: number): Promise<string> {
  const server: Server = createServer();
  const open = new Set<{ destroy(): void }>();
  server.on("upgrade", (_, socket) => {
    open.add(socket);
    socket.on("error", () => {});
    if (status !== undefined) socket.end(`HTTP/1.1 ${status} No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe.for(Object.keys(sockets) as (keyof typeof sockets)[])("connect with %s", (name) => {
  const options: SdkOptions = { WebSocket: sockets[name] };

  test.for(subprotocols)("opens a turn that runs cells and answers tools by %s", async (subprotocol) => {
    const turn = await sdkTurn(gateway(), {
      ...options,
      subprotocol,
      client: { name: "test", version: "1" },
      tools: { add: { description: "", run: ([a, b]: [number, number]) => a + b } },
    });
    expect(turn.turn).toBe(1);
    expect(turn.cells).toEqual([]);
    expect(turn.limits.frameBytes).toBe(4 * 1024 * 1024);
    const outcome = await turn.run(`text("é😀"); text(await tools.add([1, 2]))`);
    expect(outcome).toMatchObject({ type: "result", text: "é😀\n3" });
    expect(outcome.error).toBeUndefined();
    // Larger than what a socket takes in one piece.
    expect((await turn.run(`text("x".repeat(6_000_000))`)).text).toHaveLength(6_000_000);
    await turn.ping();
    await turn.close();
    expect(await turn.closed).toEqual({ code: 1000, reason: "", retryable: false });
  });

  test("refuses a wrong token with a ConnectionError that says so", async () => {
    const refusal = connect(gateway().url, { ...options, token: "wrong-token-wrong-token" });
    await expect(refusal).rejects.toBeInstanceOf(ConnectionError);
    await expect(refusal).rejects.toMatchObject({ code: "unauthenticated", closeCode: 4401 });
    await expect(refusal).rejects.toThrow(
      /could not connect to ws:.*4401 unauthenticated, the token is missing or wrong/,
    );
  });

  test("rejects where nobody listens, where it is no gateway, and where the path is another", async () => {
    const nobody = await runningGateway();
    await nobody.close();
    const elsewhere = gateway().url.replace("/v1/turn", "/v2/turn");
    for (const url of [nobody.url, await oddServer(404), await oddServer(503), elsewhere]) {
      const refusal = connect(url, { ...options, token: gateway().token });
      await expect(refusal).rejects.toMatchObject({ name: "ConnectionError", closeCode: 1006, retryable: true });
    }
  });

  test("rejects where no welcome comes in time", async () => {
    const refusal = connect(await oddServer(), { ...options, token: "t".repeat(16), connectTimeoutMs: 50 });
    await expect(refusal).rejects.toMatchObject({ name: "ConnectionError", code: "connect_timeout", retryable: true });
  });

  test("rejects with the reason of its signal", async () => {
    const before = connect(gateway().url, { ...options, token: gateway().token, signal: AbortSignal.abort("before") });
    await expect(before).rejects.toBe("before");
    const controller = new AbortController();
    const during = connect(await oddServer(), { ...options, token: "t".repeat(16), signal: controller.signal });
    controller.abort(new Error("changed my mind"));
    await expect(during).rejects.toThrow("changed my mind");
    const late = new AbortController();
    const turn = await sdkTurn(gateway(), { ...options, signal: late.signal });
    late.abort();
    expect((await turn.run(`text(1)`)).text).toBe("1");
  });
});

describe("connect", () => {
  test.for(["", "no url", "ftp://127.0.0.1/", "/v1/turn"])("rejects the address %j before it connects", async (url) => {
    await expect(connect(url, { token: "t".repeat(16) })).rejects.toThrow(
      /^url: expected one with ws, wss, http or https/,
    );
  });

  test("takes an http address, and one without a path", async () => {
    const { host } = new URL(gateway().url);
    for (const url of [`http://${host}`, `ws://${host}/`, `http://${host}/v1/turn`]) {
      await using turn = await connect(url, { token: gateway().token });
      expect((await turn.run(`text(1)`)).text).toBe("1");
    }
  });

  test("takes a host for everything in place of tools", async () => {
    const notified: string[] = [];
    const turn = await sdkTurn(gateway(), {
      host: {
        tools: [hold, { name: "free", description: "", kind: "freeform" }],
        invokeTool: async ({ name, kind, input, attempt }) => [name, kind, input ?? "none", attempt],
        notify: ({ text }) => void notified.push(text),
      },
    });
    const outcome = await turn.run(`notify("n"); text(await tools.hold()); text(await tools.free("x"))`);
    expect(outcome.text).toBe('["hold","function","none",1]\n["free","freeform","x",1]');
    expect(notified).toEqual(["n"]);
  });
});

describe("a session", () => {
  test("serves a second turn, which finds its cells and its stored values", async () => {
    const offered = Promise.withResolvers<void>();
    const never: Tool["run"] = () => {
      offered.resolve();
      return new Promise(() => {});
    };
    const first = await sdkTurn(gateway(), { tools: { hold: { ...hold, run: never } } });
    const { cellId } = await first.execute(`store("k", 1); text("a"); await tools.hold(); text("b")`, { yieldMs: 0 });
    await first.run(`store("other", 2)`);
    await offered.promise;
    await first.close();
    const calls: unknown[] = [];
    const run: Tool["run"] = (_, { attempt, cellId: caller }) => void calls.push([attempt, caller]);
    const second = await sdkTurn(gateway(), { session: first.session, tools: { hold: { ...hold, run } } });
    expect(second.turn).toBe(2);
    expect(second.session).toEqual(first.session);
    expect(second.cells).toMatchObject([{ cellId }]);
    expect((await second.wait(cellId)).text).toBe("a\nb");
    expect(calls).toEqual([[2, cellId]]);
    expect(await second.storedValues()).toEqual({ k: 1, other: 2 });
  });

  test("is taken over by a newer turn: the older one is closed, and does not come back by itself", async () => {
    const first = await sdkTurn(gateway());
    const second = await sdkTurn(gateway(), { session: first.session });
    expect(await first.closed).toMatchObject({ code: 4409, retryable: false });
    await expect(first.run(`text(1)`)).rejects.toMatchObject({ code: "taken_over" });
    expect((await second.run(`text(2)`)).text).toBe("2");
  });

  test("that is not there is a SessionLostError, and one with a wrong token is forbidden", async () => {
    const turn = await sdkTurn(gateway());
    const { id } = turn.session;
    const attach = (session: { id: string; token: string }) => sdkTurn(gateway(), { session });
    await expect(attach({ id: "unknown", token: "x" })).rejects.toMatchObject({
      code: "unknown_session",
      closeCode: 4404,
    });
    await expect(attach({ id: "unknown", token: "x" })).rejects.toBeInstanceOf(SessionLostError);
    await expect(attach({ id, token: "x" })).rejects.toMatchObject({ code: "forbidden", retryable: false });
    expect((await turn.run(`text("undisturbed")`)).text).toBe("undisturbed");
    await turn.endSession();
    await expect(attach(turn.session)).rejects.toBeInstanceOf(SessionLostError);
  });

  test("of one turn is not seen by that of another, nor are its cells, tools and notifications", async () => {
    const heard: string[] = [];
    const open = (name: string) =>
      sdkTurn(gateway(), {
        tools: { who: { description: "", run: () => name } },
        onNotify: ({ text }) => void heard.push(`${name}: ${text}`),
      });
    const [a, b] = await Promise.all([open("a"), open("b")]);
    const running = await a.execute(`store("k", "a"); await new Promise(() => {})`, { yieldMs: 0 });
    expect((await a.run(`notify("n"); return await tools.who()`)).text).toBe("a");
    expect((await b.run(`notify("n"); store("l", load("k") ?? "none"); return await tools.who()`)).text).toBe("b");
    expect(await b.listCells()).toEqual([]);
    expect(await b.storedValues()).toEqual({ l: "none" });
    for (const outcome of [await b.wait(running.cellId), await b.terminate(running.cellId)]) {
      expect(outcome.error).toMatchObject({ code: "cell_not_found", reason: "unknown" });
    }
    expect(await a.listCells()).toMatchObject([{ cellId: running.cellId, state: "running" }]);
    expect(heard.toSorted((x, y) => (x < y ? -1 : 1))).toEqual(["a: n", "b: n"]);
    await b.endSession();
    expect((await a.terminate(running.cellId)).type).toBe("terminated");
  });
});

describe("the end of a turn", () => {
  test("by close: what is pending rejects, what is asked for later too, and closing again does nothing", async () => {
    const turn = await sdkTurn(gateway());
    const pending = turn.execute(`await new Promise(() => {})`, { yieldMs: null });
    const [error] = await Promise.all([pending.catch((thrown: unknown) => thrown), turn.close(), turn.close()]);
    expect(error).toMatchObject({ name: "ConnectionError", code: "normal", closeCode: 1000, retryable: false });
    await turn.close();
    for (const ask of [() => turn.run(`1`), () => turn.listCells(), () => turn.ping(), () => turn.endSession()]) {
      await expect(ask()).rejects.toMatchObject({ name: "ConnectionError", closeCode: 1000 });
    }
    // The session lives on, and so does its cell.
    const next = await sdkTurn(gateway(), { session: turn.session });
    expect(next.cells).toMatchObject([{ state: expect.stringMatching(/^(queued|running)$/) as unknown }]);
  });

  test("by await using", async () => {
    let closed: Promise<unknown>;
    {
      await using turn = await connect(gateway().url, { token: gateway().token });
      closed = turn.closed;
      expect((await turn.run(`text(1)`)).text).toBe("1");
    }
    expect(await closed).toMatchObject({ code: 1000 });
  });

  test("by endSession: its cells are terminated, and their waiters hear of it", async () => {
    const closedCells: unknown[] = [];
    const turn = await sdkTurn(gateway(), { onCellClosed: (event) => void closedCells.push(event) });
    const cell = turn.execute(`text("a"); yield_control(); await new Promise(() => {})`, { yieldMs: null });
    const { cellId } = await cell;
    const waiting = turn.wait(cellId, { yieldMs: null });
    await turn.endSession();
    expect(await waiting).toMatchObject({ type: "terminated", cellId });
    expect(await turn.closed).toMatchObject({ code: 1000, retryable: false });
    expect(closedCells).toEqual([{ cellId, reason: "session_ended" }]);
  });
});
