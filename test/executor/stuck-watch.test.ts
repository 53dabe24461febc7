import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { watchStuck } from "../../src/executor/stuck-watch.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("what does not stop within 300 ms is reported, once", () => {
  const report = vi.fn<() => void>();
  watchStuck(300, report);
  vi.advanceTimersByTime(299);
  expect(report).not.toHaveBeenCalled();
  vi.advanceTimersByTime(10_000);
  expect(report).toHaveBeenCalledTimes(1);
});

test("what stops in time is not reported", () => {
  const report = vi.fn<() => void>();
  const cancel = watchStuck(300, report);
  vi.advanceTimersByTime(290);
  cancel();
  vi.advanceTimersByTime(10_000);
  expect(report).not.toHaveBeenCalled();
});

test("what stops as the time is up is not reported: news that has come in is heard first", () => {
  const report = vi.fn<() => void>();
  const cancel = watchStuck(300, report);
  vi.advanceTimersToNextTimer();
  for (let tick = 1; tick < 6; tick++) vi.advanceTimersToNextTimer();
  cancel();
  vi.runAllTimers();
  expect(report).not.toHaveBeenCalled();
});

test("time that is excused does not count", () => {
  const report = vi.fn<() => void>();
  let isExcused = true;
  watchStuck(300, report, () => isExcused);
  vi.advanceTimersByTime(10_000);
  expect(report).not.toHaveBeenCalled();
  isExcused = false;
  vi.advanceTimersByTime(249);
  expect(report).not.toHaveBeenCalled();
  vi.advanceTimersByTime(52);
  expect(report).toHaveBeenCalledTimes(1);
});

test("time in which the process itself was held up does not count", () => {
  const report = vi.fn<() => void>();
  watchStuck(300, report);
  // Each timer is heard long after it was due, as in a process that makes isolates without a pause.
  for (let tick = 0; tick < 20; tick++) {
    vi.spyOn(performance, "now").mockReturnValueOnce(performance.now() + 1_000);
    vi.advanceTimersToNextTimer();
  }
  expect(report).not.toHaveBeenCalled();
});
