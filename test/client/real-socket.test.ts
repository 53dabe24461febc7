import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type WebSocket as ServerSocket, WebSocket as WsWebSocket, WebSocketServer } from "ws";
import { connect, type ConnectOptions, RequestError, SessionLostError } from "../../client/index.ts";
import type { ClientFrame } from "../../src/protocol/client-frames.ts";
import { type Codec, createCodec, type Subprotocol } from "../../src/protocol/codec.ts";
import { defaultLimits } from "../../src/protocol/limits.ts";
import { FakeGateway } from "./fake-gateway.ts";

const welcome = new FakeGateway().welcomeFrame();

let server: WebSocketServer;
let url: string;

beforeEach(async () => {
  const handleProtocols = (offered: Set<string>) => [...offered].find((name) => !name.startsWith("cellgate.bearer."))!;
  server = new WebSocketServer({ port: 0, host: "127.0.0.1", handleProtocols });
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  for (const socket of server.clients) socket.terminate();
  server.close();
});

/** Answers every frame by `answer`, on every socket. */
function serve(answer: (frame: ClientFrame, say: (frame: object) => void, socket: ServerSocket) => void): void {
  server.on("connection", (socket: ServerSocket) => {
    const codec: Codec = createCodec(socket.protocol as Subprotocol, defaultLimits);
    const say = (frame: object) => socket.send(codec.encode(frame));
    socket.on("message", (data, isBinary) => {
      answer(codec.decode(isBinary ? (data as Buffer) : String(data)) as ClientFrame, say, socket);
    });
  });
}

const implementations: [string, ConnectOptions["WebSocket"]][] = [
  ["the global WebSocket", undefined],
  ["that of the package ws", WsWebSocket],
];

describe.each(implementations)("with %s", (_, WebSocket) => {
  test.each<Subprotocol>(["cellgate.v1.msgpack", "cellgate.v1.json"])("a cell runs over %s", async (subprotocol) => {
    serve((frame, say) => {
      if (frame.type === "hello") say(welcome);
      if (frame.type === "execute") {
        say({ type: "started", id: frame.id, cellId: "c", seq: 1 });
        say({ type: "tool_call", callId: "c.1", cellId: "c", name: "shout", kind: "function", input: "hé", seq: 2 });
      }
      if (frame.type === "tool_result") {
        say({ type: "result", id: 1, cellId: "c", content: [{ type: "text", text: frame.value }], seq: 3 });
      }
    });
    const upgrade = once(server, "connection") as Promise<[ServerSocket, IncomingMessage]>;
    const tools = { shout: { description: "", run: (input: string) => input.toUpperCase() } };
    await using turn = await connect(url, { token: "tök", subprotocol, WebSocket, tools });
    const [, request] = await upgrade;
    expect(request.url).toBe("/v1/turn");
    expect(request.headers["sec-websocket-protocol"]?.split(/, ?/)).toEqual([subprotocol, "cellgate.bearer.dMO2aw"]);
    expect((await turn.run("1")).text).toBe("HÉ");
  });

  test("a turn that is closed acknowledges what it had, and then is gone on both sides", async () => {
    const frames: ClientFrame[] = [];
    const closed = Promise.withResolvers<number>();
    serve((frame, say, socket) => {
      frames.push(frame);
      socket.once("close", closed.resolve);
      if (frame.type === "hello") say(welcome);
      if (frame.type === "execute") say({ type: "result", id: frame.id, cellId: "c", content: [], seq: 1 });
    });
    const turn = await connect(url, { token: "", WebSocket });
    await turn.run("1");
    await turn.close();
    expect(await closed.promise).toBe(1000);
    expect(frames.at(-1)).toEqual({ type: "ack", seq: 1 });
    expect(await turn.closed).toMatchObject({ code: 1000, retryable: false });
  });

  test("a refusal after the handshake keeps its code", async () => {
    server.on("connection", (socket) => socket.close(4410, "the session has ended"));
    const refused = await connect(url, { token: "", WebSocket }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(SessionLostError);
    expect(refused).toMatchObject({ closeCode: 4410, reason: "the session has ended" });
  });

  test("refused tools reject", async () => {
    serve((_, say) => say({ type: "error", code: "bad_tools", message: "clash", seq: 1 }));
    await expect(connect(url, { token: "", WebSocket })).rejects.toBeInstanceOf(RequestError);
  });

  test("a gateway that is not there is a connection error, to be retried", async () => {
    server.close();
    await expect(connect("ws://127.0.0.1:1", { token: "", WebSocket })).rejects.toMatchObject({
      name: "ConnectionError",
      code: "connection_lost",
      retryable: true,
    });
  });

  test("giving up while it connects leaves no socket behind", async () => {
    const controller = new AbortController();
    const arrived = once(server, "connection") as Promise<[ServerSocket]>;
    const turn = connect(url, { token: "", WebSocket, signal: controller.signal });
    const [socket] = await arrived;
    const closed = once(socket, "close");
    controller.abort(new Error("enough"));
    await expect(turn).rejects.toThrow("enough");
    await closed;
  });

  test("a frame that cannot be read closes with 4400 and says why", async () => {
    serve((frame, say) => {
      if (frame.type === "hello") say(welcome);
      if (frame.type === "execute") say({ type: "result", id: "one", seq: 1 });
    });
    const turn = await connect(url, { token: "", WebSocket });
    await expect(turn.run("1")).rejects.toMatchObject({
      code: "bad_frames",
      closeCode: 4400,
      message: expect.stringContaining('result.id: expected a whole number from 1, got "one"'),
    });
  });
});
