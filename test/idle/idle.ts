import { once } from "node:events";
import type { Limits } from "../../src/protocol/limits.ts";
import { footprint } from "../bench/processes.ts";
import { GatewayProcess } from "../support/gateway-process.ts";
import { RawTurn } from "../support/raw-turn.ts";

/** How many turns are held, and how. */
export interface IdleOptions {
  readonly turns: number;
  /** Of the gateway. Each turn is held until it was pinged. Default: the gateway's own. */
  readonly heartbeatMs?: number | undefined;
}

/** What a gateway takes for turns that do nothing. */
export interface Held {
  readonly turns: number;
  readonly openedMs: number;
  /** Bytes of the gateway's process, and of its heap, a turn. */
  readonly rssEach: number;
  readonly heapEach: number;
  /** Bytes of the executors a turn. */
  readonly executorsEach: number;
}

/** Turns that are opened at once, as fast as a gateway lets them. */
const AT_ONCE = 50;

/** Turns that come and go first: code is compiled by then, and what a gateway takes once it has taken. */
const WARM_UP = 500;

const MiB = 1024 * 1024;
const park = { name: "park", description: "Is answered at the end." };

/** Holds turns that have said hello and nothing more, until each was pinged and has answered. */
export function holdIdle({ turns, heartbeatMs }: IdleOptions): Promise<Held> {
  return hold(turns, { ...(heartbeatMs && { heartbeatMs }) }, async (held) => {
    await Promise.all(held.map(({ socket }) => once(socket, "ping")));
    return () => Promise.all(held.map((turn) => turn.settle()));
  });
}

/** Holds turns whose one cell waits for the answer to a call, each in its isolate; then they are answered. */
export function holdCalls({ turns, heartbeatMs }: IdleOptions): Promise<Held> {
  return hold(turns, { ...(heartbeatMs && { heartbeatMs }), cells: turns, queuedCells: turns }, async (held) => {
    const calls = await Promise.all(
      held.map(async (turn) => {
        turn.send({ type: "execute", id: 1, source: "text(await tools.park())", yieldMs: null });
        return turn.next("tool_call");
      }),
    );
    return () =>
      Promise.all(
        held.map(async (turn, index) => {
          turn.send({ type: "tool_result", callId: calls[index]?.callId, value: `${index}` });
          const { content } = await turn.next("result", { id: 1 });
          const [item] = content;
          if (item?.type !== "text" || item.text !== `${index}`)
            throw new Error(`${index}: got ${JSON.stringify(item)}`);
        }),
      );
  });
}

/** Opens turns, lets them come to where they are held, and looks. What `reach` gives lets go of them, and checks them. */
async function hold(
  count: number,
  limits: Partial<Limits>,
  reach: (turns: readonly RawTurn[]) => Promise<() => Promise<unknown>>,
): Promise<Held> {
  const room = count + WARM_UP;
  const gateway = await GatewayProcess.start({
    limits: { sessions: room, sessionsPerPrincipal: room, socketsPerPrincipal: room, connections: room, ...limits },
  });
  try {
    const bare = await gateway.holdings();
    await closeAll(await openTurns(gateway, Math.min(WARM_UP, count)));
    let before = await gateway.holdings();
    // The gateway may hear of an end later than the client; an executor more may have started.
    while (before.descriptors > bare.descriptors + 10) before = await gateway.holdings();
    const executorsBefore = footprint(before.executors).rssMiB;
    const startedAt = performance.now();
    const turns = await openTurns(gateway, count);
    const openedMs = performance.now() - startedAt;
    const release = await reach(turns);
    const after = await gateway.holdings();
    const executors = footprint(after.executors).rssMiB - executorsBefore;
    await release();
    await closeAll(turns);
    return {
      turns: count,
      openedMs,
      rssEach: (after.rss - before.rss) / count,
      heapEach: (after.heapUsed - before.heapUsed) / count,
      executorsEach: (executors * MiB) / count,
    };
  } finally {
    gateway.kill();
  }
}

async function openTurns({ url, token }: GatewayProcess, count: number): Promise<RawTurn[]> {
  const turns: RawTurn[] = [];
  while (turns.length < count) {
    const some = Array.from({ length: Math.min(AT_ONCE, count - turns.length) }, async () => {
      const turn = await RawTurn.open({ url, token });
      await turn.hello({ tools: [park] });
      return turn;
    });
    turns.push(...(await Promise.all(some)));
  }
  return turns;
}

async function closeAll(turns: readonly RawTurn[]): Promise<void> {
  const codes = await Promise.all(
    turns.map(async (turn) => {
      turn.send({ type: "end_session", id: 2 });
      return (await turn.closed).code;
    }),
  );
  const wrong = codes.find((code) => code !== 1000);
  if (wrong !== undefined) throw new Error(`expected all turns to end with 1000, got ${wrong}`);
}

/** A line for whoever looks. */
export function described(what: string, { turns, openedMs, rssEach, heapEach, executorsEach }: Held): string {
  const kB = (bytes: number) => `${(bytes / 1_000).toFixed(1)} kB`;
  const executors = executorsEach > 100_000 ? `, ${(executorsEach / MiB).toFixed(2)} MiB of the executors` : "";
  const each = `${kB(rssEach)} of the gateway's memory each, ${kB(heapEach)} in its heap${executors}`;
  return `${turns} ${what}: ${each}; opened in ${(openedMs / 1_000).toFixed(1)} s`;
}
