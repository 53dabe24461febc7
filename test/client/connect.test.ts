import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { connect, type ConnectOptions } from "../../client/connect.ts";
import type { Host } from "../../src/protocol/host.ts";
import { FakeGateway } from "./fake-gateway.ts";
import { ScriptedSocket } from "./scripted-socket.ts";

const welcome = new FakeGateway().welcomeFrame();

let socket: ScriptedSocket;
let calls: unknown[];
let base: { token: string; subprotocol: "cellgate.v1.json"; WebSocket: ConnectOptions["WebSocket"] };

beforeEach(() => {
  vi.useFakeTimers();
  socket = new ScriptedSocket();
  calls = [];
  base = { token: "t~k", subprotocol: "cellgate.v1.json", WebSocket: ScriptedSocket.constructorOf(socket, calls) };
});

afterEach(() => {
  vi.useRealTimers();
});

/** Connects, and has the gateway welcome it. */
async function connected(options: Partial<ConnectOptions> = {}) {
  const turn = connect("ws://host", { ...base, ...options });
  socket.emit("open", undefined);
  socket.say(welcome);
  return turn;
}

test("offers the subprotocol and, apart from the URL, the token", async () => {
  await connected();
  expect(calls).toEqual([["ws://host/v1/turn", ["cellgate.v1.json", "cellgate.bearer.dH5r"]]]);
});

test("speaks msgpack where it is not told otherwise", async () => {
  socket = new ScriptedSocket("", ["cellgate.v1.msgpack"]);
  const { subprotocol: _subprotocol, ...rest } = { ...base, WebSocket: ScriptedSocket.constructorOf(socket, calls) };
  const turn = connect("ws://host", rest);
  expect(calls).toEqual([["ws://host/v1/turn", ["cellgate.v1.msgpack", "cellgate.bearer.dH5r"]]]);
  socket.emit("open", undefined);
  socket.say(welcome);
  await turn;
  expect(socket.frames()).toEqual([{ type: "hello", tools: [] }]);
});

describe("hello", () => {
  test("declares the tools without their functions, the session and the client", async () => {
    await connected({
      tools: { add: { description: "adds", inputSchema: { type: "object" }, kind: "function", run: () => 1 } },
      session: { id: "s", token: "secret" },
      client: { name: "me", version: "1" },
    });
    expect(socket.frames()).toStrictEqual([
      {
        type: "hello",
        sessionId: "s",
        sessionToken: "secret",
        tools: [{ name: "add", description: "adds", kind: "function", inputSchema: { type: "object" } }],
        client: { name: "me", version: "1" },
      },
    ]);
  });

  test("declares the tools of a host, which answers for them", async () => {
    const heard: unknown[] = [];
    const host: Host & { tools: { name: string; description: string }[] } = {
      tools: [{ name: "add", description: "adds" }],
      invokeTool: async (call) => call.name,
      notify: (notification) => void heard.push(notification),
    };
    await connected({ host });
    socket.say({ type: "tool_call", seq: 1, callId: "c.1", cellId: "c", name: "add", kind: "function" });
    socket.say({ type: "notify", seq: 2, cellId: "c", text: "hi" });
    await vi.advanceTimersByTimeAsync(10);
    expect(socket.frames()).toMatchObject([
      { type: "hello", tools: host.tools },
      { type: "tool_result", value: "add" },
    ]);
    expect(heard).toEqual([{ cellId: "c", text: "hi" }]);
  });
});

test("onNotify and the events of cells reach their functions", async () => {
  const heard: unknown[] = [];
  await connected({
    onNotify: ({ text }) => void heard.push(text),
    onCellFinished: (event) => heard.push(event),
    onCellClosed: (event) => heard.push(event),
  });
  socket.say({ type: "notify", seq: 1, cellId: "c", text: "hi" });
  socket.say({ type: "cell_finished", seq: 2, cellId: "c", ok: true });
  socket.say({ type: "cell_closed", seq: 3, cellId: "c", reason: "taken" });
  await vi.advanceTimersByTimeAsync(10);
  expect(heard).toHaveLength(3);
  expect(heard).toContain("hi");
});

describe("connecting", () => {
  test("rejects where no welcome comes in time, and closes the socket", async () => {
    const turn = connect("ws://host", { ...base, connectTimeoutMs: 50 }).catch((error: unknown) => error);
    socket.emit("open", undefined);
    await vi.advanceTimersByTimeAsync(49);
    expect(socket.closedWith).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(await turn).toMatchObject({
      name: "ConnectionError",
      code: "connect_timeout",
      retryable: true,
      message: "could not connect to ws://host/v1/turn: expected a welcome within 50 ms, got none",
    });
    expect(socket.closedWith).toEqual([[1000, ""]]);
  });

  test("has ten seconds where it is not told otherwise", async () => {
    const turn = connect("ws://host", base).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(9_999);
    expect(socket.closedWith).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(await turn).toMatchObject({ code: "connect_timeout" });
  });

  test("rejects with the signal's reason, and closes the socket", async () => {
    const controller = new AbortController();
    const turn = connect("ws://host", { ...base, signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(turn).rejects.toThrow("enough");
    expect(socket.closedWith).toEqual([[1000, ""]]);
  });

  test("makes no socket where its signal was aborted before", async () => {
    await expect(connect("ws://host", { ...base, signal: AbortSignal.abort(new Error("before")) })).rejects.toThrow(
      "before",
    );
    expect(calls).toEqual([]);
  });

  test("rejects where the tools are refused, and closes the socket", async () => {
    const turn = connect("ws://host", base);
    socket.emit("open", undefined);
    socket.say({ type: "error", seq: 1, code: "bad_tools", message: "clash" });
    await expect(turn).rejects.toMatchObject({ code: "bad_tools" });
    expect(socket.closedWith).toEqual([[1000, ""]]);
  });

  test("rejects where the connection cannot be made, with the cause", async () => {
    const cause = new Error("ECONNREFUSED");
    const turn = connect("ws://host", base);
    socket.emit("error", { error: cause });
    socket.emit("close", { code: 1006, reason: "" });
    await expect(turn).rejects.toMatchObject({ code: "connection_lost", retryable: true, cause });
    expect(socket.closedWith).toEqual([]);
  });

  test("rejects a schema that is no plain JSON before it makes a socket", async () => {
    const inputSchema = { parse: () => 1 } as never;
    const tools = { t: { description: "", inputSchema, run: () => 1 } };
    await expect(connect("ws://host", { ...base, tools })).rejects.toMatchObject({
      name: "UnsentError",
      message: "tools[0].inputSchema.parse: expected a JSON value, got a function",
    });
    expect(calls).toEqual([]);
  });

  test("rejects a misuse with a TypeError", async () => {
    const host = { tools: [], invokeTool: async () => 1, notify: () => {} };
    const both = { ...base, host, tools: {} } as unknown as ConnectOptions;
    await expect(connect("ftp://host", base)).rejects.toThrow(TypeError);
    await expect(connect("ws://host", both)).rejects.toThrow(
      new TypeError("connect: expected `host` or `tools`, got both"),
    );
    expect(calls).toEqual([]);
  });

  test("says what is missing where there is no WebSocket", async () => {
    vi.stubGlobal("WebSocket", undefined);
    try {
      await expect(connect("ws://host", { token: "" })).rejects.toThrow(
        new TypeError("connect: expected a global WebSocket or the option `WebSocket`, got neither"),
      );
    } finally {
      vi.unstubAllGlobals();
    }
  });
});

test("the signal and the time limit of connecting have no effect on the turn", async () => {
  const controller = new AbortController();
  const turn = await connected({ signal: controller.signal });
  controller.abort();
  await vi.advanceTimersByTimeAsync(20_000);
  expect(socket.closedWith).toEqual([]);
  void turn.listCells();
  expect(socket.frames().at(-1)).toMatchObject({ type: "list_cells" });
});
