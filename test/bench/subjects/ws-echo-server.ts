import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";

/**
 * Answers each message `id count bytes …` with `count` messages of `id` and that many bytes. It prints its address.
 */

const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
server.on("listening", () => {
  process.stdout.write(`ws://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
server.on("connection", (socket: WebSocket) => {
  socket.on("message", (data: Buffer) => {
    const [id = "", count, bytes] = data.toString().split(" ");
    const answer = `${id} ${"x".repeat(Number(bytes))}`;
    for (let sent = 0; sent < Number(count); sent++) socket.send(answer);
  });
});
