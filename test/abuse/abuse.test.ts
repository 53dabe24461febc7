import { afterAll, beforeAll, expect, test } from "vitest";
import type { Limits } from "../../src/protocol/limits.ts";
import { table } from "../bench/table.ts";
import { GatewayProcess } from "../support/gateway-process.ts";
import { RawTurn } from "../support/raw-turn.ts";
import type { Abuse } from "./abuse.ts";
import { crowds } from "./crowds.ts";
import { floods } from "./floods.ts";
import { handshakes } from "./handshakes.ts";
import { Numbers } from "./numbers.ts";
import { readers } from "./readers.ts";

/**
 * MiB that the gateway may take for whatever comes, beside what its limits let sockets hold: three semi-spaces of 32 for
 * what V8 has not collected yet, and as much again for what it has, and the system was not given back.
 */
const SLACK_MIB = 192;

/** Short times, so that what ends by time ends soon; and few places. */
const limits: Partial<Limits> = {
  requestMs: 1_000,
  helloMs: 1_000,
  frameMs: 1_000,
  stalledMs: 1_000,
  sessionTtlMs: 1,
  sessionsPerPrincipal: 40,
  socketsPerPrincipal: 80,
  connections: 150,
};

const abuses: readonly Abuse[] = [...handshakes, ...floods, ...readers, ...crowds];
const MiB = 1024 * 1024;
const printed: string[][] = [];
let gateway: GatewayProcess;
let witness: RawTurn;

beforeAll(async () => {
  gateway = await GatewayProcess.start({ executors: 1, limits });
  witness = await RawTurn.open(gateway);
  await witness.hello();
});
afterAll(() => {
  const head = ["what clients do", "ends", "sockets", "MiB at most", "bound", "ms of lag"];
  console.log(table(head, printed, 2));
  witness.socket.terminate();
  gateway.kill();
});

test.each(abuses)(
  "$what: $ends",
  async ({ what, sockets, ends, holdsMiB = 0, run }) => {
    const { rss } = await gateway.holdings();
    gateway.forgetPeak();
    await Numbers.of(gateway);
    const ended = await run(gateway, sockets);
    const { lagMs } = await Numbers.of(gateway);
    const peakMiB = (gateway.peakRss - rss) / MiB;
    const boundMiB = SLACK_MIB + holdsMiB;
    const ways = [...new Set(ended)].join(" or ");
    printed.push([what, ways, `${sockets}`, peakMiB.toFixed(0), `${boundMiB}`, lagMs.toFixed(0)]);
    expect(ended).toEqual(Array.from({ length: sockets }, () => ends));
    expect(peakMiB).toBeLessThan(boundMiB);
    // Another client goes on.
    await witness.settle();
    expect((await gateway.holdings()).errors).toEqual([]);
  },
  60_000,
);
