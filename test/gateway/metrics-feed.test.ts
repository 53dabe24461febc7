import { expect, test } from "vitest";
import { MetricsFeed } from "../../src/gateway/metrics-feed.ts";
import { FakeClock } from "../support/fake-clock.ts";

/** A feed of numbers of which one counts how often they were read; `problem` is what reading them throws. */
function setUp(problem?: Error) {
  const clock = new FakeClock();
  const reported: unknown[] = [];
  let reads = 0;
  const numbers = () => {
    reads += 1;
    return problem ? Promise.reject(problem) : Promise.resolve({ connections: reads } as never);
  };
  const feed = new MetricsFeed({ numbers }, clock, (error) => reported.push(error));
  const pass = async (ms: number) => {
    clock.advance(ms);
    for (let turn = 0; turn < 4; turn++) await Promise.resolve();
  };
  return { clock, feed, pass, reads: () => reads, reported };
}

test("the numbers are read once a second for all who follow, and for nobody not at all", async () => {
  const { clock, feed, pass, reads } = setUp();
  const told: string[] = [];
  const tell = (name: string) => (event: { connections: number; atMs: number }) =>
    told.push(`${name} ${event.connections} ${event.atMs - Date.UTC(2030, 0)}`);
  const stop = feed.follow(tell("a"));
  await pass(0);
  await pass(400);
  const stopOther = feed.follow(tell("b"));
  await pass(0);
  await pass(1_000);
  expect(told).toEqual(["a 1 0", "a 2 400", "b 2 400", "a 3 1400", "b 3 1400"]);
  stop();
  await pass(1_000);
  stopOther();
  await pass(5_000);
  expect([told.at(-1), reads(), clock.pending]).toEqual(["b 4 2400", 4, 0]);
});

test("the lag of the event loop is told in milliseconds", async () => {
  const { feed, pass } = setUp();
  const lags: object[] = [];
  const stop = feed.follow(({ loopLagMs }) => lags.push(loopLagMs));
  await pass(0);
  stop();
  expect(lags).toEqual([{ median: expect.any(Number), p99: expect.any(Number), max: expect.any(Number) }]);
});

test("numbers that cannot be read are reported, and read again", async () => {
  const problem = new Error("no numbers");
  const { feed, pass, reported } = setUp(problem);
  const stop = feed.follow(() => {});
  await pass(0);
  await pass(1_000);
  stop();
  expect(reported).toEqual([problem, problem]);
});
