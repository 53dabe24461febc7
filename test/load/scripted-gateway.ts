import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import type { Target } from "../../client/load/load-socket.ts";
import type { ClientFrame } from "../../src/protocol/client-frames.ts";
import { createCodec } from "../../src/protocol/codec.ts";
import { defaultLimits } from "../../src/protocol/limits.ts";
import { FakeGateway } from "../client/fake-gateway.ts";

/** The gateway's end of one socket. */
export interface GatewayEnd {
  readonly socket: WebSocket;
  /** Counts the sockets from 0, in the order in which they came. */
  readonly index: number;
  /** Says a frame under the next `seq`. */
  say(frame: object): void;
  welcome(): void;
}

/** A gateway that answers the sockets of a load as the test says. It is gone when the test has ended. */
export async function scriptedGateway(answer: (frame: ClientFrame, end: GatewayEnd) => void): Promise<Target> {
  const codec = createCodec("cellgate.v1.json", defaultLimits);
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  onTestFinished(() => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  let sockets = 0;
  server.on("connection", (socket: WebSocket) => {
    let seq = 0;
    const send = (frame: object) => socket.send(codec.encode(frame));
    const end: GatewayEnd = {
      socket,
      index: sockets++,
      say: (frame) => send({ ...frame, seq: ++seq }),
      welcome: () => send(new FakeGateway().welcomeFrame()),
    };
    socket.on("message", (data) => answer(codec.decode(String(data)) as ClientFrame, end));
  });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { address: `ws://127.0.0.1:${port}/v1/turn`, token: "", subprotocol: "cellgate.v1.json" };
}
