import { opcodes, rawFrame } from "../support/raw-frame.ts";
import { upgradeHead } from "../support/raw-request.ts";
import {
  type Abuse,
  endOf,
  onEach,
  repeated,
  statusOf,
  type Target,
  trickle,
  withSocket,
  withWebSocket,
} from "./abuse.ts";

const headOf = ({ token }: Target): string =>
  upgradeHead("/v1/turn", { Authorization: `Bearer ${token}`, "Sec-WebSocket-Protocol": "cellgate.v1.json" });

/** What is done before there is a WebSocket, or a turn. */
export const handshakes: readonly Abuse[] = [
  onEach({
    what: "a connection that asks for nothing",
    sockets: 20,
    ends: "status 408",
    run: (target) => withSocket(target, statusOf),
  }),
  onEach({
    what: "a slow upgrade: a byte every 10 ms, with no end",
    sockets: 20,
    ends: "status 408",
    run: (target) =>
      withSocket(target, async (socket) => {
        const status = statusOf(socket);
        void trickle(socket, Buffer.from(headOf(target).slice(0, -2) + "X-Slow: ".padEnd(2_000, "x")), 10);
        return status;
      }),
  }),
  onEach({
    what: "a half-open upgrade: half of the head, and silence",
    sockets: 20,
    ends: "status 408",
    run: (target) =>
      withSocket(target, async (socket) => {
        socket.write(headOf(target).slice(0, 40));
        return statusOf(socket);
      }),
  }),
  onEach({
    what: "a half-open upgrade: half of the head, and the end of the stream",
    sockets: 20,
    ends: "status 400",
    run: (target) =>
      withSocket(target, async (socket) => {
        socket.end(headOf(target).slice(0, 40));
        return statusOf(socket);
      }),
  }),
  onEach({
    what: "a head of 20 kB",
    sockets: 20,
    ends: "status 431",
    run: (target) =>
      withSocket(target, async (socket) => {
        socket.write(headOf(target).slice(0, -2) + `X-Large: ${"x".repeat(20_000)}\r\n\r\n`);
        return statusOf(socket);
      }),
  }),
  onEach({
    what: "an upgrade, and the end of the stream",
    sockets: 20,
    ends: "cut",
    run: (target) =>
      withWebSocket(target, async (client) => {
        client.socket.end();
        return endOf(client);
      }),
  }),
  onEach({
    what: "a silent socket: an upgrade, and no hello",
    sockets: 20,
    ends: "close 4408",
    run: (target) => withWebSocket(target, endOf),
  }),
  onEach({
    what: "an upgrade, and pings instead of a hello",
    sockets: 20,
    ends: "close 4408",
    run: (target) =>
      withWebSocket(target, async (client) => {
        const end = endOf(client);
        while (await client.settle(`${client.frames.length}`));
        return end;
      }),
  }),
  onEach({
    what: "hellos that are refused, again and again",
    sockets: 20,
    ends: "close 4408",
    run: (target) =>
      withWebSocket(target, async (client) => {
        const twice = [0, 1].map(() => ({ name: "t", description: "" }));
        const end = endOf(client);
        for (let hellos = 1; ; hellos++) {
          void client.sendJson({ type: "hello", tools: twice });
          const refusals = () => client.frames.filter(({ opcode }) => opcode === 1).length;
          if (!(await client.until(() => refusals() >= hellos))) return end;
        }
      }),
  }),
  onEach({
    what: "a hello flood on one socket",
    sockets: 20,
    ends: "close 4400",
    run: (target) =>
      withWebSocket(target, async (client) => {
        void client.send(repeated(rawFrame(opcodes.text, '{"type":"hello"}'), 10_000));
        return endOf(client);
      }),
  }),
];
