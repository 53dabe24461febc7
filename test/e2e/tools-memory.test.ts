import { expect, test } from "vitest";
import { GatewayProcess } from "../support/gateway-process.ts";
import { RawTurn } from "../support/raw-turn.ts";
import { CellTurn, hold, textsOf } from "./cell-turn.ts";

const MiB = 1024 * 1024;

/** What a session may hold: eight of the inputs below. */
const HELD_MIB = 8;

/** As in the tests of abuse: what V8 has not collected yet, and what the system was not given back. */
const SLACK_MIB = 192;

const CELLS = 12;
const CALLS = 40;

/** Says how many of its calls were refused, and for what. */
const greedy = `
  const calls = Array.from({ length: ${CALLS} }, () => tools.hold("x".repeat(1e6)).catch(({ code }) => text(code)));
  await Promise.all(calls);
`;

test("T4: cells whose calls nobody answers do not fill the gateway's memory, however large the inputs are", async () => {
  const gateway = await GatewayProcess.start({ executors: 1, limits: { callBytesPerSession: HELD_MIB * MiB } });
  try {
    const raw = await RawTurn.open(gateway);
    const turn = new CellTurn(raw, await raw.hello({ tools: [hold] }));
    const { rss } = await gateway.holdings();
    gateway.forgetPeak();
    const first = await turn.start(greedy, { yieldMs: null });
    const offered = [];
    while (offered.length < HELD_MIB) offered.push(await turn.next("tool_call", { cellId: first.cellId }));
    raw.ack();
    const others = await Promise.all(Array.from({ length: CELLS }, () => turn.run(greedy)));
    const peakMiB = (gateway.peakRss - rss) / MiB;
    console.log(`${CELLS * CALLS} calls with 1 MB of input each: ${peakMiB.toFixed(0)} MiB at most`);
    for (const { content } of others) expect(textsOf(content)).toEqual(Array(CALLS).fill("call_limit"));
    expect(peakMiB).toBeLessThan(SLACK_MIB + HELD_MIB);
    // The first cell's other calls wait in it, and go out as soon as there is room.
    turn.release(offered[0]!.callId);
    await turn.next("tool_call", { cellId: first.cellId });
    expect(raw.frames.filter(({ type }) => type === "tool_call")).toHaveLength(HELD_MIB + 1);
    expect((await gateway.holdings()).errors).toEqual([]);
  } finally {
    gateway.kill();
  }
}, 60_000);
