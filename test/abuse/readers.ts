import { opcodes, rawFrame } from "../support/raw-frame.ts";
import { RawWebSocket } from "../support/raw-web-socket.ts";
import type { Abuse } from "./abuse.ts";
import { Numbers } from "./numbers.ts";

const MiB = 1024 * 1024;

/** What a client has stored, and asks for without reading it. */
const VALUE_BYTES = MiB - 1_000;

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
  code: number,
  attack: (client: RawWebSocket) => Promise<void>,
  holdsMiB: number,
): Abuse {
  return {
    what,
    sockets,
    ends: `close ${code}`,
    holdsMiB,
    async run(target) {
      const closes = async () => (await Numbers.of(target)).closes(code);
      const before = await closes();
      const clients = await Promise.all(Array.from({ length: sockets }, () => RawWebSocket.open(target)));
      try {
        await Promise.all(clients.map(attack));
        const until = performance.now() + 10_000;
        let closed = 0;
        while (closed < sockets && performance.now() < until) closed = (await closes()) - before;
        return Array.from({ length: sockets }, (_, index) => (index < closed ? `close ${code}` : "open"));
      } finally {
        for (const { socket } of clients) socket.destroy();
      }
    },
  };
}

/** What is asked for and not read. */
export const readers: readonly Abuse[] = [
  notReading(
    "a client that never reads: 40 MiB that it asked for",
    4,
    4431,
    (client) => askAndNotRead(client, 40),
    4 * 64,
  ),
  notReading(
    "a client that never reads: 200 MiB that it asked for",
    4,
    4431,
    (client) => askAndNotRead(client, 200),
    4 * 64,
  ),
  notReading(
    "a half-open turn: 40 MiB that it asked for, none read, and the end of the stream",
    4,
    1006,
    async (client) => {
      await askAndNotRead(client, 40);
      client.socket.end();
    },
    4 * 64,
  ),
];
