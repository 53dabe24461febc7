import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { connect, type Turn } from "../../client/index.ts";
import { type RunningGateway, startGateway } from "../../src/index.ts";

let gateway: RunningGateway;
let pids: number[];

beforeEach(async () => {
  gateway = await startGateway({ executors: 2 });
  const turn = await connect(gateway.url, { token: gateway.token });
  // Both processes are up once cells have run in them.
  await Promise.all(Array.from({ length: 8 }, () => turn.run("1")));
  await turn.close();
  pids = gateway.executorPids();
});
afterEach(() => gateway.close());

const open = (): Promise<Turn> => connect(gateway.url, { token: gateway.token });

/** Starts so many cells of one session, and resolves with their ids when all of them run. */
async function startMany(turn: Turn, count: number, source: string): Promise<string[]> {
  const outcomes = await Promise.all(Array.from({ length: count }, () => turn.execute(source, { yieldMs: 10 })));
  return outcomes.map(({ cellId }) => cellId);
}

async function terminateAll(turn: Turn, cellIds: readonly string[]): Promise<number> {
  const from = performance.now();
  const outcomes = await Promise.all(cellIds.map((cellId) => turn.terminate(cellId)));
  expect(new Set(outcomes.map(({ type }) => type))).toEqual(new Set(["terminated"]));
  return performance.now() - from;
}

describe("B4: sixteen cells of one session that speak without a break do not silence another's", () => {
  test.each([
    ["timers", "for (;;) clearTimeout(setTimeout(() => {}, 1e6))"],
    [
      "timers beside many others",
      "for (let i = 0; i < 255; i++) setTimeout(() => {}, 1e6); for (;;) clearTimeout(setTimeout(() => {}, 1e3))",
    ],
    ["yields", "for (;;) yield_control()"],
    ["texts", "for (;;) text('x')"],
    ["stored values", "for (let i = 0; ; i++) store('k', i)"],
  ])("%s", async (what, source) => {
    const [noisy, quiet] = await Promise.all([open(), open()]);
    const cellIds = await startMany(noisy, 16, source);
    const from = performance.now();
    expect((await quiet.run("text('here')")).text).toBe("here");
    const elapsed = performance.now() - from;
    const terminated = await terminateAll(noisy, cellIds);
    console.log(
      `${what}: a no-op cell meanwhile ${elapsed.toFixed(0)} ms (aim: 500), all terminated in ${terminated.toFixed(0)} ms`,
    );
    expect(elapsed).toBeLessThan(2_500);
    expect(gateway.executorPids()).toEqual(pids);
  });
});

test("C12: a hundred endless loops are terminated at once, and no process is taken for dead", async () => {
  const turn = await open();
  const cellIds = await startMany(turn, 100, "while (true) {}");
  const terminated = await terminateAll(turn, cellIds);
  console.log(`a hundred endless loops: terminated in ${terminated.toFixed(0)} ms`);
  expect(gateway.executorPids()).toEqual(pids);
  expect((await turn.run("text('here')")).text).toBe("here");
});

test("timers that fall due while the code is busy wait where they are bounded", async () => {
  const turn = await open();
  const { text } = await turn.run(`
    let fired = 0;
    for (let round = 0; round < 20; round++) {
      const ids = Array.from({ length: 256 }, () => setTimeout(() => { fired += 1 }, 0));
      for (const until = Date.now() + 5; Date.now() < until; );
      for (const id of ids) clearTimeout(id);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
    return fired;
  `);
  expect(Number(text)).toBe(0);
});
