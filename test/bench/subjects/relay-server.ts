import { spawn } from "node:child_process";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import { type WebSocket, WebSocketServer } from "ws";
import { BytesPipe } from "./frame-pipe.ts";

/** Passes messages on between one WebSocket and one executor process, unread. It prints its address. */

const entry = fileURLToPath(new URL("relay-executor.ts", import.meta.url));
const child = spawn(process.execPath, ["--no-node-snapshot", entry], {
  stdio: ["ignore", "ignore", "inherit", "pipe"],
});
process.on("exit", () => child.kill("SIGKILL"));
process.on("SIGTERM", () => process.exit());

const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
server.on("listening", () => {
  process.stdout.write(`ws://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
server.on("connection", (client: WebSocket) => {
  const executor = child.stdio[3] as Duplex;
  const pipe = new BytesPipe(executor, executor, (message) => client.send(message));
  client.on("message", (data: Buffer) => pipe.send(data));
});
