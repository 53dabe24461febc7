import { afterEach, beforeEach, expect, test } from "vitest";
import { connect } from "../../client/index.ts";
import { type RunningGateway, startGateway } from "../../src/index.ts";

let gateway: RunningGateway;

beforeEach(async () => {
  gateway = await startGateway({ executors: 2 });
});
afterEach(() => gateway.close());

test("a hundred cells of a session that stored all it may start and end, without a copy of it all in memory for each", async () => {
  const turn = await connect(gateway.url, { token: gateway.token });
  await turn.replaceStoredValues(Object.fromEntries(["a", "b", "c"].map((key) => [key, "x".repeat(980_000)])));
  await turn.run("1");
  const before = process.memoryUsage().rss;
  let peak = before;
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 5);
  const outcomes = await Promise.all(Array.from({ length: 100 }, () => turn.run(`text(load("c").length)`)));
  clearInterval(watch);
  expect(new Set(outcomes.map(({ text }) => text))).toEqual(new Set(["980000"]));
  const roseMiB = (peak - before) / 2 ** 20;
  console.log(`the gateway's memory rose by ${roseMiB.toFixed(0)} MiB (a copy for each would be 300)`);
  expect(roseMiB).toBeLessThan(250);
});

test("a cell that waits to be started can be terminated", async () => {
  const turn = await connect(gateway.url, { token: gateway.token });
  await turn.replaceStoredValues(Object.fromEntries(["a", "b", "c"].map((key) => [key, "x".repeat(980_000)])));
  const started: string[] = [];
  const pending = Array.from({ length: 60 }, () => {
    return turn.execute("await new Promise(() => {})", { yieldMs: null, onStarted: (cellId) => started.push(cellId) });
  });
  await turn.listCells();
  const outcomes = await Promise.all(started.map((cellId) => turn.terminate(cellId)));
  expect(outcomes.map(({ type }) => type)).toEqual(started.map(() => "terminated"));
  expect((await Promise.all(pending)).map(({ type }) => type)).toEqual(started.map(() => "terminated"));
  expect(await turn.listCells()).toEqual([]);
});
