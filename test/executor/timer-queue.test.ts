import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { TimerQueue } from "../../src/executor/timer-queue.ts";

describe("timer queue", () => {
  let fired: number[];
  let queue: TimerQueue;

  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000_000 });
    fired = [];
    queue = new TimerQueue((id) => void fired.push(id));
  });
  afterEach(() => vi.useRealTimers());

  const add = (id: number, inMs: number) => queue.add(id, Date.now() + inMs);

  test("timers fire in the order in which they are due (rule J8)", () => {
    add(1, 30);
    add(2, 10);
    add(3, 20);
    vi.advanceTimersByTime(30);
    expect(fired).toEqual([2, 3, 1]);
  });

  test("timers that are due at the same time fire in the order of their making (rule J8)", () => {
    add(1, 10);
    add(2, 5);
    add(3, 10);
    add(4, 5);
    add(5, 10);
    vi.advanceTimersByTime(10);
    expect(fired).toEqual([2, 4, 1, 3, 5]);
  });

  test("a timer fires when it is due and not before", () => {
    add(1, 10);
    vi.advanceTimersByTime(9);
    expect(fired).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(fired).toEqual([1]);
  });

  test("timers that are due already fire at once, the earliest first", () => {
    add(1, -5);
    add(2, -10);
    expect(fired).toEqual([]);
    vi.advanceTimersByTime(0);
    expect(fired).toEqual([2, 1]);
  });

  test("a timer made while another fires has its own turn", () => {
    queue = new TimerQueue((id) => {
      fired.push(id);
      if (id === 1) add(2, 5);
    });
    add(1, 5);
    vi.advanceTimersByTime(5);
    expect(fired).toEqual([1]);
    vi.advanceTimersByTime(5);
    expect(fired).toEqual([1, 2]);
  });

  test("a deleted timer does not fire, and others do", () => {
    add(1, 10);
    add(2, 10);
    queue.delete(1);
    queue.delete(99);
    vi.advanceTimersByTime(10);
    expect(fired).toEqual([2]);
  });

  test("a timer deleted by one that is due at the same time does not fire", () => {
    queue = new TimerQueue((id) => {
      fired.push(id);
      queue.delete(2);
    });
    add(1, 10);
    add(2, 10);
    add(3, 10);
    vi.advanceTimersByTime(10);
    expect(fired).toEqual([1, 3]);
  });

  test("a queue that is cleared by one of its timers fires none of the others", () => {
    queue = new TimerQueue((id) => {
      fired.push(id);
      queue.clear();
    });
    add(1, 10);
    add(2, 10);
    vi.advanceTimersByTime(10);
    expect(fired).toEqual([1]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("a timer waits until the code that the one before it set going has paused, and can still be deleted", async () => {
    const pauses: (() => void)[] = [];
    queue = new TimerQueue((id) => {
      fired.push(id);
      return new Promise((resolve) => pauses.push(resolve));
    });
    for (const id of [1, 2, 3]) add(id, 10);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(fired).toEqual([1]);
    queue.delete(2);
    pauses.shift()?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(fired).toEqual([1, 3]);
  });

  test("an empty queue holds no timer of the machine", () => {
    add(1, 10);
    add(2, 20);
    expect(vi.getTimerCount()).toBe(1);
    queue.clear();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("the longest delay that a cell can ask for is waited for and not cut to nothing", () => {
    add(1, 2_147_483_647);
    vi.advanceTimersByTime(2_147_483_646);
    expect(fired).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(fired).toEqual([1]);
  });
});
