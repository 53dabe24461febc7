import { describe, expect, test } from "vitest";
import { Arrivals } from "../../client/load/arrivals.ts";
import { Barrier } from "../../client/load/barrier.ts";
import { type Beginning, Dispatcher, type Pace } from "../../client/load/dispatcher.ts";
import { doubtsOf } from "../../client/load/doubts.ts";
import { planOf } from "../../client/load/load-plan.ts";
import { Queue } from "../../client/load/queue.ts";
import { Random } from "../../client/load/random.ts";
import { noop } from "../../client/load/scenarios/noop.ts";
import { TimeHistogram } from "../../client/load/time-histogram.ts";
import { madeResult } from "./made-result.ts";

const pace = (given: Partial<Pace>): Pace => ({
  worker: 0,
  workers: 1,
  concurrency: 1,
  warmUpMs: 0,
  durationMs: 1_000,
  ...given,
});

/** Runs flows of so many milliseconds on so many sockets, and returns how each began. */
async function dispatched(given: Partial<Pace>, sockets: number, ms: number): Promise<Beginning[]> {
  const beginnings: Beginning[] = [];
  const dispatcher = new Dispatcher({
    pace: pace(given),
    sockets: Array.from({ length: sockets }, (_, index) => index),
    run: (_, beginning) => {
      beginnings.push(beginning);
      return new Promise((resolve) => setTimeout(resolve, ms));
    },
    onLate: () => {},
    signal: new AbortController().signal,
  });
  const startAt = performance.now();
  expect(await dispatcher.begin(startAt)).toBe(0);
  expect(await dispatcher.settled(5_000)).toBe(0);
  return beginnings.map((beginning) => ({ ...beginning, dueAt: beginning.dueAt - startAt }));
}

describe("an open loop", () => {
  test("has its flows due at even distances, those of the warm-up apart", () => {
    const arrivals = new Arrivals({ rate: 100, warmUpMs: 50, durationMs: 100, count: undefined });
    expect(Array.from({ length: arrivals.total }, (_, index) => arrivals.dueMs(index))).toEqual(
      Array.from({ length: 15 }, (_, index) => index * 10),
    );
    expect(arrivals.isWarmUp(4)).toBe(true);
    expect(arrivals.isWarmUp(5)).toBe(false);
    expect(new Arrivals({ rate: 100, warmUpMs: 50, durationMs: 0, count: 7 }).total).toBe(12);
  });

  test("counts a flow from when it was due, however late a socket is free for it", async () => {
    // One socket, which can do a fifth of what is asked for.
    const beginnings = await dispatched({ rate: 100, count: 10 }, 1, 50);
    expect(beginnings).toHaveLength(10);
    for (const [index, { dueAt }] of beginnings.entries()) expect(dueAt).toBeLessThanOrEqual(index * 10 + 0.001);
  });

  test("shares its flows among workers, so that together they are due as those of one", async () => {
    const halves = await Promise.all(
      [0, 1].map((worker) => dispatched({ worker, workers: 2, rate: 200, count: 20 }, 5, 1)),
    );
    expect(halves.map(({ length }) => length)).toEqual([10, 10]);
  });
});

describe("a closed loop", () => {
  test("has as many flows under way as it may, and begins as many as count", async () => {
    const beginnings = await dispatched({ concurrency: 2, count: 6 }, 4, 20);
    expect(beginnings).toHaveLength(6);
    expect(beginnings[2]!.dueAt).toBeGreaterThan(beginnings[1]!.dueAt + 10);
  });

  test("without a socket ends at once, and says how many flows never began", async () => {
    const dispatcher = new Dispatcher({
      pace: pace({ count: 6 }),
      sockets: [],
      run: () => Promise.resolve(),
      onLate: () => {},
      signal: new AbortController().signal,
    });
    expect(await dispatcher.begin(performance.now())).toBe(6);
  });

  test("has no more workers than flows at a time, as one without a share would never be done", () => {
    const asked = { sockets: 4, workers: 3, count: 10 };
    expect(planOf(noop, { ...asked, concurrency: 2 }).workers).toBe(2);
    expect(planOf(noop, { ...asked, rate: 100 }).workers).toBe(3);
  });
});

test("a barrier opens when all who have not left are there, and says when all have left", async () => {
  const heard: boolean[] = [];
  const barrier = new Barrier(3, (hasLeft) => heard.push(hasLeft));
  const met = [barrier.meet(), barrier.meet()];
  expect(heard).toEqual([]);
  barrier.leave();
  expect(heard).toEqual([false]);
  barrier.open();
  await Promise.all(met);
  barrier.leave();
  barrier.leave();
  expect(heard).toEqual([false, true]);
});

test("a queue gives what it was given, in order, however much that is", () => {
  const queue = new Queue<number>();
  for (let item = 0; item < 5_000; item++) queue.add(item);
  for (let item = 0; item < 3_000; item++) expect(queue.take()).toBe(item);
  expect(queue.length).toBe(2_000);
  expect(queue.clear()).toBe(2_000);
  expect(queue.take()).toBeUndefined();
});

test("a histogram is the same when it is read again, and knows times from a microsecond to an hour", () => {
  const histogram = new TimeHistogram();
  for (const ms of [0.0001, 1, 2, 3, 5_000_000]) histogram.record(ms);
  const again = TimeHistogram.decode(histogram.encoded());
  expect(again.count).toBe(5);
  expect(again.percentileMs(50)).toBeCloseTo(2, 2);
  expect(again.minMs).toBe(0.001);
  expect([...again.buckets()].map(({ count }) => count)).toEqual([1, 1, 1, 1, 1]);
  expect(again.maxMs / 3_600_000).toBeCloseTo(1, 2);
});

describe("a load doubts itself", () => {
  const calm = madeResult({ random: new Random("x"), ms: () => 5 });

  test("not where nothing was the matter", () => {
    expect(doubtsOf(calm)).toEqual([]);
  });

  test.each([
    [{ utilization: 0.95 }, "the client itself was the limit"],
    [{ maxLateMs: 30 }, "the client was late"],
    [{ waiting: 3 }, "all sockets were busy at the end of 20 of 20 seconds"],
  ])("where its seconds have %j", (second, doubt) => {
    const timeline = calm.timeline.map((line) => ({ ...line, ...second }));
    expect(doubtsOf({ ...calm, timeline })).toEqual([expect.stringContaining(doubt)]);
  });

  test("where flows never began, never ended, or the cores were full", () => {
    const flows = { begun: 10, notBegun: 3, notEnded: 2 };
    expect(doubtsOf({ ...calm, flows, machine: { ...calm.machine, busy: 0.99 } })).toEqual([
      expect.stringContaining("3 flows never began"),
      expect.stringContaining("2 flows had not ended"),
      expect.stringContaining("99 % busy"),
    ]);
  });
});
