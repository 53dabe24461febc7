import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Pulse } from "../../src/executor/pulse.ts";

describe("the pulse of a process", () => {
  const ask = vi.fn<() => void>();
  const deaf = vi.fn<() => void>();
  let pulse: Pulse;
  let isExcused: boolean;
  beforeEach(() => {
    vi.useFakeTimers();
    ask.mockClear();
    deaf.mockClear();
    isExcused = false;
    pulse = new Pulse({ ask, deaf, isExcused: () => isExcused });
  });
  afterEach(() => {
    pulse.stop();
    vi.useRealTimers();
  });

  /** Looks every 250 ms, as the watchdog does. */
  function watch(ms: number, isBusy: boolean): void {
    for (let elapsed = 0; elapsed < ms; elapsed += 250) {
      vi.advanceTimersByTime(250);
      pulse.check(isBusy);
    }
  }

  test("is asked for after a second of silence, and the process is deaf if it says nothing for three more", () => {
    watch(750, true);
    expect(ask).not.toHaveBeenCalled();
    watch(250, true);
    expect(ask).toHaveBeenCalledTimes(1);
    watch(2_750, true);
    expect(deaf).not.toHaveBeenCalled();
    vi.advanceTimersByTime(251);
    expect(deaf).toHaveBeenCalledTimes(1);
    expect(ask).toHaveBeenCalledTimes(1);
  });

  test("is not asked for as long as the process says something", () => {
    for (let report = 0; report < 10; report++) {
      watch(750, true);
      pulse.heard();
    }
    expect(ask).not.toHaveBeenCalled();
  });

  test("is there once the process has answered, and is asked for again after another second", () => {
    watch(1_000, true);
    vi.advanceTimersByTime(2_900);
    pulse.heard();
    vi.advanceTimersByTime(900);
    expect(deaf).not.toHaveBeenCalled();
    watch(250, true);
    expect(ask).toHaveBeenCalledTimes(2);
  });

  test("of a process without cells is asked for every 30 s", () => {
    watch(29_750, false);
    expect(ask).not.toHaveBeenCalled();
    watch(250, false);
    expect(ask).toHaveBeenCalledTimes(1);
  });

  test("is waited for as long as the process gets no time to answer", () => {
    pulse.ask();
    isExcused = true;
    vi.advanceTimersByTime(60_000);
    expect(deaf).not.toHaveBeenCalled();
    isExcused = false;
    vi.advanceTimersByTime(3_001);
    expect(deaf).toHaveBeenCalledTimes(1);
  });

  test("can be asked for at once, and then not once more", () => {
    pulse.ask();
    pulse.ask();
    expect(ask).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(3_001);
    expect(deaf).toHaveBeenCalledTimes(1);
  });

  test("is overdue half a second after it was asked for, and was well when the process was last heard", () => {
    pulse.heard();
    const heardAt = performance.now();
    watch(1_000, true);
    expect([pulse.isOverdue, pulse.wellAt]).toEqual([false, performance.now()]);
    vi.advanceTimersByTime(501);
    expect([pulse.isOverdue, pulse.wellAt]).toEqual([true, heardAt]);
    pulse.heard();
    expect([pulse.isOverdue, pulse.wellAt]).toEqual([false, performance.now()]);
  });
});
