import { on, once } from "node:events";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { Socket, type SocketListener } from "../../src/gateway/socket.ts";
import { defaultLimits } from "../../src/protocol/limits.ts";

/** The two ends of a connection: a {@link Socket}, and the WebSocket of its client. */
async function connected(listener: Partial<SocketListener> = {}, report: (error: unknown) => void = () => {}) {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  onTestFinished(() => server.close());
  await once(server, "listening");
  const accepted = once(server, "connection") as Promise<[WebSocket]>;
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, ["cellgate.v1.json"]);
  onTestFinished(() => client.terminate());
  const [[webSocket]] = await Promise.all([accepted, once(client, "open")]);
  const socket = new Socket(webSocket, { ...defaultLimits, frameBytes: 1_000, heldBackBytes: 100_000 }, report);
  const closed = new Promise<void>((resolve) => {
    socket.listen({ heard() {}, drained() {}, receive() {}, closed: resolve, ...listener });
  });
  return { socket, client, closed };
}

const pong = (socket: Socket): Uint8Array => socket.encode({ type: "pong", received: 1 })!;

describe("sending", () => {
  test("a frame over the limits has no message", async () => {
    const { socket, client } = await connected();
    expect(socket.encode({ type: "notify", cellId: "c", text: "x".repeat(1_000), seq: 1 })).toBeUndefined();
    socket.write(pong(socket));
    const [data] = (await once(client, "message")) as [Buffer];
    expect(data.toString()).toBe('{"type":"pong","received":1}');
  });

  test("on a socket that is closed does nothing", async () => {
    const { socket, client, closed } = await connected();
    client.close();
    await closed;
    const { unsentBytes } = socket;
    socket.write(pong(socket));
    expect(socket.unsentBytes).toBe(unsentBytes);
    socket.close(1000, "");
  });
});

describe("closing", () => {
  test("the first call counts", async () => {
    const { socket, client, closed } = await connected();
    socket.close(4409, "first");
    socket.close(4400, "second");
    const [code, reason] = (await once(client, "close")) as [number, Buffer];
    expect([code, reason.toString()]).toEqual([4409, "first"]);
    await closed;
  });

  test("nothing is taken from a socket that was closed, though ws goes on reading", async () => {
    const taken: string[] = [];
    const { socket, client, closed } = await connected({
      receive(reading) {
        taken.push("frame" in reading ? reading.frame.type : reading.refusal.code);
        socket.close(4409, "a newer host attached to the session");
      },
    });
    for (const seq of [1, 2, 3]) client.send(JSON.stringify({ type: "ack", seq }));
    const [code] = (await once(client, "close")) as [number];
    await closed;
    expect([taken, code]).toEqual([["ack"], 4409]);
  });

  test("an error that is no client's fault is reported, and costs its own connection with 1011", async () => {
    const reported: unknown[] = [];
    const mistake = new Error("a mistake of ours");
    const receive = (): never => {
      throw mistake;
    };
    const { client, closed } = await connected({ receive }, (error) => reported.push(error));
    client.send('{"type":"ping"}');
    const [code, reason] = (await once(client, "close")) as [number, Buffer];
    expect([code, reason.toString()]).toEqual([1011, "internal error"]);
    await closed;
    expect(reported).toEqual([mistake]);
  });
});

test("a socket takes nothing more above the bound of unsent bytes, and says when it does again", async () => {
  const drained = Promise.withResolvers<void>();
  const { socket, client } = await connected({ drained: () => drained.resolve() });
  client.pause();
  const message = socket.encode({ type: "notify", cellId: "c", text: "x".repeat(900), seq: 1 })!;
  // All of this is one turn of the event loop, in which the system takes what it has room for.
  let sent = 0;
  for (; socket.takes; sent++) socket.write(message);
  expect(sent).toBeGreaterThan(100);
  expect(socket.unsentBytes).toBeGreaterThanOrEqual(100_000);
  const messages = on(client, "message");
  client.resume();
  await drained.promise;
  expect(socket.takes).toBe(true);
  socket.write(message);
  for (let received = 0; received < sent + 1; received++) await messages.next();
});
