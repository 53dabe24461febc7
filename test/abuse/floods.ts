import { deflateRawSync } from "node:zlib";
import { opcodes, rawFrame } from "../support/raw-frame.ts";
import type { RawWebSocket } from "../support/raw-web-socket.ts";
import { type Abuse, endOf, flood, onEach, openOrEnd, repeated, trickle, withWebSocket } from "./abuse.ts";

const MiB = 1024 * 1024;
const FLOOD_MS = 500;

const ping = rawFrame(opcodes.ping);
const fatPing = rawFrame(opcodes.ping, Buffer.alloc(125));
const frame = rawFrame(opcodes.text, '{"type":"ping"}');
const badFrame = rawFrame(opcodes.text, "?");
const more = { fin: false } as const;
const unfinished = rawFrame(opcodes.text, Buffer.alloc(4 * MiB)).subarray(0, -1);
const tooLarge = rawFrame(opcodes.text, Buffer.alloc(50 * MiB));
const bomb = rawFrame(opcodes.text, deflateRawSync(Buffer.alloc(256 * MiB), { level: 1 }), { rsv: 4 });

/** An attack on a turn: what it does, and how that ends. */
function onTurn(
  what: string,
  sockets: number,
  ends: string,
  attack: (client: RawWebSocket) => Promise<void> | void,
  holdsMiB = 0,
): Abuse {
  return onEach({
    what,
    sockets,
    ends,
    holdsMiB,
    run: (target) =>
      withWebSocket(target, async (client) => {
        await client.hello();
        await attack(client);
        return ends === "open" ? openOrEnd(client) : endOf(client);
      }),
  });
}

/** What is sent too fast, too slowly, or without an end. */
export const floods: readonly Abuse[] = [
  onTurn("one byte a time: a message of 1 kB, a byte every 10 ms", 20, "close 1009", (client) => {
    void trickle(client.socket, rawFrame(opcodes.text, "x".repeat(1_000)), 10);
  }),
  onTurn("one byte a time: a message of 1 MB, as fast as it goes", 4, "close 1009", (client) => {
    void trickle(client.socket, rawFrame(opcodes.text, Buffer.alloc(MiB)), 0);
  }),
  onTurn(
    "messages of 4 MiB whose last byte does not come",
    20,
    "close 1009",
    async (client) => client.send(unfinished),
    20 * 4,
  ),
  onTurn("a message over 4 MiB, all 50 MiB of it", 4, "close 1009", (client) => {
    void client.send(tooLarge);
  }),
  onTurn("a fragment flood: without a payload", 20, "close 1009", (client) => {
    void client.send(rawFrame(opcodes.text, "", more));
    void flood(client.socket, repeated(rawFrame(opcodes.continuation, "", more), 10_000), FLOOD_MS);
  }),
  onTurn("a fragment flood: of one byte each", 20, "close 1009", (client) => {
    void client.send(rawFrame(opcodes.text, "x", more));
    void flood(client.socket, repeated(rawFrame(opcodes.continuation, "x", more), 10_000), FLOOD_MS);
  }),
  onTurn("a flood of messages in 256 fragments each", 4, "open", async (client) => {
    const middle = repeated(rawFrame(opcodes.continuation, "", more), 254);
    const message = Buffer.concat([
      rawFrame(opcodes.text, "", more),
      middle,
      rawFrame(opcodes.continuation, '{"type":"ping"}'),
    ]);
    await client.send(repeated(message, 150));
  }),
  onTurn("a ping flood: 30,000 at once", 4, "open", (client) => client.send(repeated(ping, 30_000))),
  onEach({
    what: "a ping flood: 125 bytes each, and the answers are not read",
    sockets: 20,
    ends: "open",
    run: (target) =>
      withWebSocket(target, async (client) => {
        await client.hello();
        client.socket.pause();
        await flood(client.socket, repeated(fatPing, 1_000), FLOOD_MS);
        client.socket.resume();
        return (await client.until(({ opcode }) => opcode === opcodes.pong)) ? "open" : endOf(client);
      }),
  }),
  onTurn("a frame flood: 30,000 at once", 4, "open", (client) => client.send(repeated(frame, 30_000))),
  onTurn("a flood of frames that are none", 20, "close 4400", (client) => client.send(repeated(badFrame, 100_000))),
  onTurn("a flood of empty messages", 20, "close 4400", (client) => {
    return client.send(repeated(rawFrame(opcodes.text), 100_000));
  }),
  onEach({
    what: "a compression bomb: permessage-deflate offered, and a frame that it would make 256 MiB",
    sockets: 20,
    ends: "not agreed on, close 1002",
    run: (target) =>
      withWebSocket({ ...target, headers: { "Sec-WebSocket-Extensions": "permessage-deflate" } }, async (client) => {
        await client.hello();
        void client.send(bomb);
        const agreed = /^sec-websocket-extensions:/im.test(client.head) ? "agreed on" : "not agreed on";
        return `${agreed}, ${await endOf(client)}`;
      }),
  }),
];
