import { expect, test } from "vitest";
import { described, holdCalls, holdIdle } from "./idle.ts";

test("an idle turn takes less than 25 kB of the gateway's heap, and is pinged and open", async () => {
  const held = await holdIdle({ turns: 500, heartbeatMs: 500 });
  console.log(described("idle turns", held));
  expect(held.heapEach).toBeLessThan(25_000);
  // So few turns are not many times what the process takes and gives back by itself.
  expect(held.rssEach).toBeLessThan(75_000);
});

test("calls that wait for their answers are held, each by a cell of its turn, and all are answered", async () => {
  const held = await holdCalls({ turns: 50 });
  console.log(described("turns with a call each", held));
  expect(held.rssEach).toBeLessThan(500_000);
});
