import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { starvation } from "../../src/executor/starvation.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("a process that had less than half of a core was starved, one that had more was not", () => {
  let cpuMs = 1_000;
  const isStarved = starvation(() => cpuMs);
  vi.advanceTimersByTime(50);
  cpuMs += 20;
  expect(isStarved()).toBe(true);
  vi.advanceTimersByTime(50);
  cpuMs += 30;
  expect(isStarved()).toBe(false);
  vi.advanceTimersByTime(50);
  expect(isStarved()).toBe(true);
});

test("after two seconds it no longer counts", () => {
  const isStarved = starvation(() => 0);
  vi.advanceTimersByTime(1_999);
  expect(isStarved()).toBe(true);
  vi.advanceTimersByTime(1);
  expect(isStarved()).toBe(false);
});
