import { expect, test } from "vitest";
import { nextSecond } from "../../client/load/next-second.ts";

test.each([
  ["a timer on time", 0, 1_000, { second: 1, isWarmUp: true }],
  ["a timer that came a little early, at the end of the warm-up", 1, 1_998.6, { second: 2, isWarmUp: false }],
  ["a timer that came a little late", 1, 2_003, { second: 2, isWarmUp: false }],
  ["a thread that was busy for seconds", 0, 4_321, { second: 4, isWarmUp: false }],
  ["the order to start, before the start itself", -1, -50, { second: 0, isWarmUp: true }],
  ["sockets that connected, before there is a start", -1, -Infinity, { second: 0, isWarmUp: true }],
])(
  "after %s follows the right second, and what it measures counts where the warm-up is over",
  (_, second, at, next) => {
    expect(nextSecond(second, at, 2_000)).toEqual(next);
  },
);

test("without a warm-up the first second counts", () => {
  expect(nextSecond(-1, -50, 0)).toEqual({ second: 0, isWarmUp: false });
});
