import { spawn } from "node:child_process";
import type { AddressInfo } from "node:net";
import { availableParallelism } from "node:os";
import type { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import { type WebSocket, WebSocketServer } from "ws";
import { BytesPipe } from "./frame-pipe.ts";

/**
 * Passes messages on between one WebSocket and the executor processes, unread: the first byte of what the client sends is
 * the number of the executor that it is for. It prints how many of these there are, and its address.
 */

const entry = fileURLToPath(new URL("relay-executor.ts", import.meta.url));
// As many as cellgate has.
const children = Array.from({ length: Math.max(2, availableParallelism()) }, () => {
  return spawn(process.execPath, ["--no-node-snapshot", entry], { stdio: ["ignore", "ignore", "inherit", "pipe"] });
});
process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});
process.on("SIGTERM", () => process.exit());

const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
server.on("listening", () => {
  process.stdout.write(`${children.length} ws://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
server.on("connection", (client: WebSocket) => {
  const pipes = children.map(({ stdio }) => {
    const executor = stdio[3] as Duplex;
    return new BytesPipe(executor, executor, (message) => client.send(message));
  });
  client.on("message", (data: Buffer) => pipes[data[0] ?? 0]?.send(data.subarray(1)));
});
