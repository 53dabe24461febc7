import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Activity } from "../../src/executor/activity.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("B6: the suspects are the sessions that were active in the last half second, each once", () => {
  const activity = new Activity();
  activity.note("a");
  vi.advanceTimersByTime(400);
  activity.note("b");
  activity.note("b");
  vi.advanceTimersByTime(100);
  expect(activity.around(performance.now())).toEqual(["a", "b"]);
  vi.advanceTimersByTime(1);
  expect(activity.around(performance.now())).toEqual(["b"]);
  vi.advanceTimersByTime(500);
  expect(activity.around(performance.now())).toEqual([]);
});

test("B6: of a process that has been deaf for a while, they are those of the time when it still heard", () => {
  const activity = new Activity();
  activity.note("a");
  vi.advanceTimersByTime(1_000);
  activity.note("b");
  const heardAt = performance.now();
  activity.note("c");
  vi.advanceTimersByTime(4_000);
  expect(activity.around(heardAt)).toEqual(["b", "c"]);
});
