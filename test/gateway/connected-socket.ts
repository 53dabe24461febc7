import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { AddressInfo, Socket as NetSocket } from "node:net";
import { expect, onTestFinished } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { Dialect } from "../../src/gateway/dialect.ts";
import type { Message } from "../../src/gateway/message.ts";
import { Socket, type SocketListener, type SocketOptions } from "../../src/gateway/socket.ts";
import { defaultLimits } from "../../src/protocol/limits.ts";
import { systemClock } from "../../src/session/clock.ts";

/** The two ends of a connection: a {@link Socket}, and the WebSocket of its client. */
export async function connected(listener: Partial<SocketListener> = {}, options: Partial<SocketOptions> = {}) {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", autoPong: false, maxPayload: 1_000 });
  onTestFinished(() => server.close());
  await once(server, "listening");
  const accepted = once(server, "connection") as Promise<[WebSocket, IncomingMessage]>;
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, ["cellgate.v1.json"]);
  onTestFinished(() => client.terminate());
  const [[webSocket, request]] = await Promise.all([accepted, once(client, "open")]);
  const limits = { ...defaultLimits, frameBytes: 1_000, heldBackBytes: 100_000 };
  const report = (error: unknown): void => expect.unreachable(String(error));
  const dialect = new Dialect("cellgate.v1.json", limits);
  const stream = request.socket;
  const socket = new Socket({ webSocket, stream, dialect, limits, clock: systemClock, report, ...options });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    const told = (code: number, reason: string) => resolve({ code, reason });
    socket.listen({ heard() {}, drained() {}, receive() {}, closed: told, ...listener });
  });
  return { socket, client, closed, webSocket };
}

/** The connection below a client's WebSocket, to write what ws would not. */
export function below(client: WebSocket): NetSocket {
  return (client as unknown as { _socket: NetSocket })._socket;
}

/** The tag of a frame that came, or what is wrong with what is none. */
export function tagOf(message: Message): string {
  return "value" in message ? (message.value as { type: string }).type : message.refusal.message;
}
