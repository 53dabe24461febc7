import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { Traffic } from "../../src/gateway/traffic.ts";

test("bytes are counted while a connection is open, and when it is gone", async () => {
  const traffic = new Traffic();
  const server = createServer((socket) => traffic.add(socket)).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const accepted = once(server, "connection") as Promise<[Socket]>;
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const [socket] = await accepted;
  client.write("12345");
  await once(socket, "data");
  expect([traffic.received, traffic.sent]).toEqual([5, 0]);
  socket.end("1234567");
  client.end().resume();
  await once(socket, "close");
  expect([traffic.received, traffic.sent]).toEqual([5, 7]);
});
