import { setTimeout as delay } from "node:timers/promises";
import { opcodes, rawFrame } from "../support/raw-frame.ts";
import { RawWebSocket } from "../support/raw-web-socket.ts";
import type { Abuse } from "./abuse.ts";
import { Numbers } from "./numbers.ts";

const MiB = 1024 * 1024;

/** What a client has stored, and asks for without reading it. */
const VALUE_BYTES = MiB - 1_000;

/** Until a gateway that should have closed a socket is given up. */
const PATIENCE_MS = 30_000;

const json = (value: object): Buffer => rawFrame(opcodes.text, JSON.stringify(value));

/** Asks `times` for a MiB, and reads no answer. */
async function askAndNotRead(client: RawWebSocket, times: number): Promise<void> {
  await client.hello();
  await client.send(json({ type: "replace_stored_values", id: 1, values: { large: "x".repeat(VALUE_BYTES) } }));
  await client.settle();
  client.socket.pause();
  const requests = Array.from({ length: times }, (_, index) => json({ type: "stored_values", id: 2 + index }));
  await client.send(Buffer.concat(requests));
}

/** The gateway's word is taken for how these end: whoever does not read is not told. */
function notReading(
  what: string,
  sockets: number,
  codes: readonly number[],
  attack: (client: RawWebSocket) => Promise<void>,
  holdsMiB: number,
): Abuse {
  const ends = `close ${codes.join(" or ")}`;
  return {
    what,
    sockets,
    ends,
    holdsMiB,
    async run(target) {
      const closes = async () => {
        const numbers = await Numbers.of(target);
        return codes.reduce((sum, code) => sum + numbers.closes(code), 0);
      };
      const before = await closes();
      const clients = await Promise.all(Array.from({ length: sockets }, () => RawWebSocket.open(target)));
      try {
        await Promise.all(clients.map(attack));
        // The system takes as much as it has room for, which may be 40 MB a socket, and not at once.
        const until = performance.now() + PATIENCE_MS;
        let closed = 0;
        while (closed < sockets && performance.now() < until) {
          await delay(50);
          closed = (await closes()) - before;
        }
        return Array.from({ length: sockets }, (_, index) => (index < closed ? ends : "open"));
      } finally {
        for (const { socket } of clients) socket.destroy();
      }
    },
  };
}

/** What is asked for and not read. */
export const readers: readonly Abuse[] = [
  notReading(
    "a client that never reads: 200 MiB that it asked for",
    2,
    [4431],
    (client) => askAndNotRead(client, 200),
    2 * 64,
  ),
  notReading(
    "a half-open turn: 40 MiB that it asked for, none read, and the end of the stream",
    2,
    // The end of the stream is seen when what came before it was read: by then the client may be given up.
    [1006, 4431],
    async (client) => {
      await askAndNotRead(client, 40);
      client.socket.end();
    },
    2 * 64,
  ),
];
