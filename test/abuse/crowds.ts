import { rawRequest, rawSocket, upgradeHead } from "../support/raw-request.ts";
import { RawWebSocket } from "../support/raw-web-socket.ts";
import { type Abuse, endOf, statusOf, type Target, withSocket, withWebSocket } from "./abuse.ts";

/** Takes one place after another until there is none, and lets go of them all when `use` is done. */
async function withAllTaken(
  target: Target,
  take: (client: RawWebSocket) => Promise<boolean>,
  use: () => Promise<string[]>,
): Promise<string[]> {
  const held: RawWebSocket[] = [];
  try {
    for (;;) {
      const client = await RawWebSocket.open(target).catch(() => undefined);
      if (!client) break;
      held.push(client);
      if (!(await take(client))) break;
    }
    return await use();
  } finally {
    for (const { socket } of held) socket.destroy();
    await Promise.all(held.map(({ ended }) => ended));
  }
}

const each = (sockets: number, run: () => Promise<string>) => Promise.all(Array.from({ length: sockets }, run));

/** What one principal, or anybody, opens too many of. */
export const crowds: readonly Abuse[] = [
  {
    what: "a hello flood: more sessions than a principal may have",
    sockets: 20,
    ends: "close 1013",
    run: (target, sockets) =>
      withAllTaken(
        target,
        async (client) => {
          void client.sendJson({ type: "hello" });
          await client.until(() => true);
          return client.frames[0]?.opcode !== 8;
        },
        () =>
          each(sockets, () =>
            withWebSocket(target, async (client) => {
              void client.sendJson({ type: "hello" });
              return endOf(client);
            }),
          ),
      ),
  },
  {
    what: "an upgrade flood: more sockets than a principal may have",
    sockets: 20,
    ends: "status 429",
    run: (target, sockets) =>
      withAllTaken(
        target,
        async () => true,
        () =>
          each(sockets, async () => {
            const headers = { Authorization: `Bearer ${target.token}`, "Sec-WebSocket-Protocol": "cellgate.v1.json" };
            return `status ${(await rawRequest(target.url, upgradeHead("/v1/turn", headers))).status}`;
          }),
      ),
  },
  {
    what: "a connection flood: more than there may be",
    sockets: 20,
    ends: "cut",
    async run(target, sockets) {
      const held = await Promise.all(Array.from({ length: 200 }, () => rawSocket(target.url)));
      try {
        return await each(sockets, () => withSocket(target, statusOf));
      } finally {
        for (const socket of held) socket.destroy();
      }
    },
  },
];
