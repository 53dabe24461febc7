import { on, once } from "node:events";
import { describe, expect, test } from "vitest";
import type { Socket } from "../../src/gateway/socket.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { below, connected, tagOf } from "./connected-socket.ts";

test.each(["says farewell", "is cut"])(
  "what came before the other end %s is taken, though it had to wait",
  async (how) => {
    const clock = new FakeClock();
    let received = 0;
    const { client, closed } = await connected(
      {
        receive() {
          received += 1;
          // Longer than a socket may keep the others waiting.
          clock.advance(20);
        },
      },
      { clock },
    );
    for (let sent = 0; sent < 5; sent++) client.send("{}");
    if (how === "is cut") client.terminate();
    else client.close();
    await closed;
    expect(received).toBe(5);
  },
);

const pong = (socket: Socket): Uint8Array => socket.encode({ type: "pong", received: 1 })!;

describe("it is told how it was closed", () => {
  test("by the other end", async () => {
    const { client, closed } = await connected();
    client.close(4000, "enough");
    expect(await closed).toEqual({ code: 4000, reason: "enough" });
  });

  test("by this end, whether or not the other one confirms it", async () => {
    const { client, closed, socket } = await connected();
    socket.close(4408, "too late");
    client.terminate();
    expect(await closed).toEqual({ code: 4408, reason: "too late" });
  });

  test("for bytes that are no WebSocket, as the other end is told", async () => {
    const { client, closed } = await connected();
    // As ws writes it; the mask is all that is missing.
    below(client).write(Buffer.from([0x81, 0]));
    expect(await closed).toEqual({ code: 1002, reason: "Invalid WebSocket frame: MASK must be set" });
  });

  test("for text that is no UTF-8, and what came before was taken", async () => {
    const taken: string[] = [];
    const { client, closed } = await connected({
      receive: (message) => taken.push(tagOf(message)),
    });
    client.send('{"type":"ping"}');
    client.send(Buffer.from([0xff]), { binary: false });
    expect(await closed).toEqual({ code: 1007, reason: "Invalid WebSocket frame: invalid UTF-8 sequence" });
    expect(taken).toEqual(["ping"]);
  });

  test("for a message over the limit", async () => {
    const { client, closed } = await connected();
    client.send("x".repeat(1_001));
    expect(await closed).toEqual({ code: 1009, reason: "Max payload size exceeded" });
  });

  test("by nobody", async () => {
    const { client, closed } = await connected();
    client.terminate();
    expect(await closed).toEqual({ code: 1006, reason: "" });
  });
});

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
      receive(message) {
        taken.push(tagOf(message));
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
    const { client, closed } = await connected({ receive }, { report: (error) => reported.push(error) });
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

test("a client that has ended its half, and does not read what is left for it, is cut after two seconds", async () => {
  const { client, socket, closed } = await connected();
  const message = socket.encode({ type: "notify", cellId: "c", text: "x".repeat(900), seq: 1 })!;
  client.pause();
  for (let sent = 0; sent < 20_000; sent++) socket.write(message);
  await new Promise(setImmediate);
  expect(socket.unsentBytes).toBeGreaterThan(1_000_000);
  below(client).end();
  expect(await closed).toEqual({ code: 1006, reason: "" });
});

test("a client that reads nothing for ten seconds is closed with 4431, and one that reads slowly is not", async () => {
  const clock = new FakeClock();
  const { socket, client, closed } = await connected({}, { clock });
  const message = socket.encode({ type: "notify", cellId: "c", text: "x".repeat(900), seq: 1 })!;
  client.pause();
  const fill = async (): Promise<void> => {
    for (let sent = 0; sent < 20_000; sent++) socket.write(message);
    await new Promise(setImmediate);
  };
  await fill();
  const { unsentBytes } = socket;
  expect(unsentBytes).toBeGreaterThan(1_000_000);
  clock.advance(9_000);
  client.resume();
  while (socket.unsentBytes === unsentBytes) await once(client, "message");
  client.pause();
  await new Promise(setImmediate);
  clock.advance(9_000);
  expect(socket.unsentBytes).toBeGreaterThan(0);
  await fill();
  clock.advance(20_000);
  client.resume();
  const [code, reason] = (await once(client, "close")) as [number, Buffer];
  expect([code, reason.toString()]).toEqual([4431, "nothing was read for 10000 ms (stalledMs)"]);
  await closed;
});

test.each([1000, 1012] as const)(
  "a socket that closes with %d, its session being gone, sends first what was written before",
  async (how) => {
    const { socket, client, closed } = await connected();
    const message = socket.encode({ type: "notify", cellId: "c", text: "x".repeat(900), seq: 1 })!;
    client.pause();
    for (let sent = 0; sent < 20_000; sent++) socket.write(message);
    await new Promise(setImmediate);
    expect(socket.unsentBytes).toBeGreaterThan(1_000_000);
    socket.close(how, "the session is gone");
    socket.write(message);
    let received = 0;
    client.on("message", () => (received += 1));
    client.resume();
    const [code] = (await once(client, "close")) as [number];
    expect([received, code]).toEqual([20_000, how]);
    await closed;
  },
);
