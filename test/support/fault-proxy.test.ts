import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { FaultProxy } from "./fault-proxy.ts";

/** A server that says everything back, and what it heard. */
let server: WebSocketServer;
let heard: string[];
let proxy: FaultProxy;

beforeEach(async () => {
  heard = [];
  server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  server.on("connection", (socket) => {
    socket.on("error", () => {});
    socket.on("message", (data) => {
      heard.push(typeOf(String(data)));
      socket.send(String(data));
    });
  });
  await once(server, "listening");
  proxy = await FaultProxy.open(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
});

afterEach(() => {
  proxy.close();
  for (const socket of server.clients) socket.terminate();
  server.close();
});

const frame = (type: string, fields: object = {}) => JSON.stringify({ type, ...fields });
const typeOf = (text: string) => (JSON.parse(text) as { type: string }).type;

/** A client by way of the proxy. What it got is in `got`; `closed` resolves with the close code. */
async function client() {
  const socket = new WebSocket(proxy.url);
  const got: string[] = [];
  socket.on("error", () => {});
  socket.on("message", (data) => got.push(typeOf(String(data))));
  const closed = new Promise<number>((resolve) => socket.once("close", resolve));
  await new Promise((resolve) => socket.once("open", resolve).once("close", resolve));
  /** Waits until this has come back. */
  const echo = async (type: string, fields: object = {}) => {
    socket.send(frame(type, fields));
    await once(socket, "message");
  };
  return { socket, got, closed, echo };
}

test("what no fault is set for passes as it is, in both directions, small and large", async () => {
  const { socket, got, echo } = await client();
  await echo("small");
  await echo("large", { text: "x".repeat(3_000_000) });
  socket.send(`{"type":`, { fin: false });
  socket.ping();
  socket.send(`"pieces"}`);
  await once(socket, "message");
  expect(got).toEqual(["small", "large", "pieces"]);
  expect(heard).toEqual(got);
});

describe.for([
  { from: "client", where: "before", heard: ["a"], got: ["a"] },
  { from: "client", where: "middle", heard: ["a"], got: ["a"] },
  { from: "client", where: "after", heard: ["a", "b"], got: ["a"] },
  { from: "gateway", where: "before", heard: ["a", "b"], got: ["a"] },
  { from: "gateway", where: "middle", heard: ["a", "b"], got: ["a"] },
  { from: "gateway", where: "after", heard: ["a", "b"], got: ["a", "b"] },
] as const)("a cut, $where a message of the $from,", ({ from, where, heard: toServer, got: toClient }) => {
  test.for(["b in one frame", "b in two, with a ping in between"])("brings what came before: %s", async (form) => {
    const { socket, got, closed, echo } = await client();
    await echo("a");
    const [peer] = server.clients;
    const gone = once(peer!, "close");
    const struck = proxy.at({ from, tag: "b", where }, (line) => line.cut());
    if (form === "b in one frame") socket.send(frame("b"));
    else {
      socket.send(`{"type":`, { fin: false });
      socket.ping();
      socket.send(`"b"}`);
    }
    expect(await struck).toEqual({ type: "b" });
    expect(await closed).toBe(1006);
    await gone;
    expect(heard).toEqual(toServer);
    expect(got).toEqual(toClient);
  });
});

test("a fault waits for the n-th message that matches, over all connections", async () => {
  const struck = proxy.at({ from: "client", matches: ({ n }) => n === 1, nth: 2 }, (line) => line.cut());
  const first = await client();
  for (const n of [1, 2]) await first.echo("m", { n });
  const second = await client();
  second.socket.send(frame("last", { n: 1 }));
  expect(await struck).toEqual({ type: "last", n: 1 });
  expect(await second.closed).toBe(1006);
  await first.echo("m", { n: 1 });
});

test("a connection can be refused: all, or the n-th at its upgrade", async () => {
  proxy.isDown = true;
  expect(await (await client()).closed).toBe(1006);
  proxy.isDown = false;
  void proxy.at({ from: "client", tag: "upgrade", nth: 2, where: "before" }, (line) => line.cut());
  const first = await client();
  expect(await (await client()).closed).toBe(1006);
  await first.echo("a");
  expect(server.clients.size).toBe(1);
});

test("a line can be half-open: an end that is not told goes on talking to nobody, and can be watched", async () => {
  const { socket, closed, echo, got } = await client();
  await echo("a");
  const [peer] = server.clients;
  for (const line of proxy.lines) line.cut("client");
  expect(await closed).toBe(1006);
  const said = proxy.at({ from: "gateway", tag: "nobody hears" });
  peer!.send(frame("nobody hears"));
  await said;
  expect(peer!.readyState).toBe(WebSocket.OPEN);
  expect(got).toEqual(["a"]);
  expect(socket.readyState).toBe(WebSocket.CLOSED);
});

test("one direction can be swallowed while the other goes on", async () => {
  const { socket, got, echo } = await client();
  await echo("a");
  for (const line of proxy.lines) line.swallow("gateway");
  const said = proxy.at({ from: "gateway", tag: "b" });
  socket.send(frame("b"));
  await said;
  expect(heard).toEqual(["a", "b"]);
  expect(got).toEqual(["a"]);
});

test.for(["client", "gateway"] as const)("a message can be brought to the %s twice", async (to) => {
  const { socket, got } = await client();
  const from = to === "client" ? "gateway" : "client";
  void proxy.at({ from, tag: "b" }, (line, { bytes }) => line.say(to, bytes));
  socket.send(frame("b"));
  while (got.length < 2) await once(socket, "message");
  expect(heard).toEqual(to === "gateway" ? ["b", "b"] : ["b"]);
});

test("a close with a code comes to both ends", async () => {
  const { closed, echo } = await client();
  await echo("a");
  const [peer] = server.clients;
  const gone = once(peer!, "close");
  for (const line of proxy.lines) line.close(4429, "busy");
  expect(await closed).toBe(4429);
  expect((await gone).map(String)).toEqual(["4429", "busy"]);
});

test("a line can be slow: everything takes a while, in order, or so many bytes a second get through", async () => {
  const { echo } = await client();
  proxy.pace.client.delayMs = 30;
  let start = performance.now();
  await echo("a");
  expect(performance.now() - start).toBeGreaterThan(25);
  proxy.pace.client.delayMs = 0;
  proxy.pace.gateway.bytesPerSecond = 1_000_000;
  start = performance.now();
  await echo("large", { text: "x".repeat(200_000) });
  expect(performance.now() - start).toBeGreaterThan(150);
});

test("a connection that is reset while it is being closed is gone", async () => {
  await client();
  const [line] = proxy.lines;
  line?.cut();
  line?.reset();
  await vi.waitFor(() => expect(proxy.lines).toEqual([]));
});
