import { expect, test } from "vitest";
import { RetryDelay } from "../../src/executor/retry-delay.ts";

test("each try waits twice as long as the one before, from 100 ms to 10 s, until one succeeds", () => {
  const delay = new RetryDelay();
  const waits = Array.from({ length: 9 }, () => delay.next());
  expect(waits).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
  delay.reset();
  expect(delay.next()).toBe(100);
});
