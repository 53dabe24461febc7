import { describe, expect, test, vi } from "vitest";
import { closureOf } from "../../client/closure.ts";
import { refused, startedTrial } from "./reconnector-trial.ts";

describe("a page that has no network", () => {
  test("says so, and tries seldom", async () => {
    const trial = startedTrial({ baseMs: 100, capMs: 1_000 });
    trial.page.goOffline();
    await vi.advanceTimersByTimeAsync(0);
    expect(trial.heard).toEqual(["1006: 50 ms", "1006: 1000 ms, offline"]);
    await trial.fail();
    expect(trial.heard.slice(2)).toEqual(["try 1", "1006: 1000 ms, offline"]);
  });

  test("has a try at once when there is one", async () => {
    const trial = startedTrial();
    trial.page.goOffline();
    await vi.advanceTimersByTimeAsync(3_000);
    trial.page.goOnline();
    await vi.advanceTimersByTimeAsync(0);
    expect(trial.heard.slice(1)).toEqual(["1006: 10000 ms, offline", "1006: 0 ms", "try 1"]);
    trial.dialer.latest.fail(refused(1006));
    await vi.advanceTimersByTimeAsync(0);
    expect(trial.heard.at(-1)).toBe("1006: 50 ms");
  });

  test("burns no tries", async () => {
    const trial = startedTrial({ maxTries: 2 });
    trial.page.goOffline();
    await vi.advanceTimersByTimeAsync(0);
    for (let tries = 1; tries <= 10; tries++) await trial.fail();
    trial.page.goOnline();
    await vi.advanceTimersByTimeAsync(0);
    await trial.fail();
    expect(trial.end).toBeUndefined();
    await trial.fail();
    expect(trial.end).toMatchObject({ reason: "given up after 12 tries in 100050 ms" });
  });

  test("is given up when the time is up nevertheless", async () => {
    const trial = startedTrial({ maxMs: 15_000 });
    trial.page.goOffline();
    await vi.advanceTimersByTimeAsync(0);
    await trial.fail();
    await trial.fail();
    expect(trial.end).toMatchObject({ reason: "given up after 2 tries in 15000 ms" });
  });
});

describe("a page that is looked at", () => {
  test("has a try at once", async () => {
    const trial = startedTrial({ baseMs: 100, capMs: 10_000 });
    for (let tries = 1; tries <= 6; tries++) await trial.fail();
    trial.heard = [];
    trial.page.show();
    await vi.advanceTimersByTimeAsync(0);
    expect(trial.heard).toEqual(["1006: 0 ms", "try 7"]);
  });

  test("waits for as long as the gateway asks for", async () => {
    const trial = startedTrial({}, closureOf(4429, "5000 ms"));
    await vi.advanceTimersByTimeAsync(2_000);
    trial.page.show();
    await vi.advanceTimersByTimeAsync(2_999);
    expect(trial.heard).toEqual(["4429: 5000 ms", "4429: 3000 ms"]);
    await vi.advanceTimersByTimeAsync(1);
    expect(trial.heard.at(-1)).toBe("try 1");
  });

  test("does not disturb a try that is under way", async () => {
    const trial = startedTrial();
    await vi.advanceTimersToNextTimerAsync();
    trial.page.show();
    trial.page.goOnline();
    expect(trial.dialer.latest.signal?.aborted).toBe(false);
    expect(trial.dialer.dials).toHaveLength(1);
  });
});

describe("a page that was put aside", () => {
  test("tries nothing until it is woken, and then at once", async () => {
    const trial = startedTrial();
    trial.page.leave();
    await vi.advanceTimersByTimeAsync(86_400_000);
    expect(trial.heard).toEqual(["1006: 50 ms", "1006: Infinity ms"]);
    trial.page.comeBack();
    await vi.advanceTimersByTimeAsync(0);
    expect(trial.heard.slice(2)).toEqual(["1006: 0 ms", "try 1"]);
    trial.dialer.latest.welcome();
    expect(trial.end).toBe("connected");
  });

  test("takes the try back that is under way, without counting it", async () => {
    const trial = startedTrial({ maxTries: 1 });
    await vi.advanceTimersToNextTimerAsync();
    trial.page.freeze();
    expect(trial.dialer.latest.signal?.aborted).toBe(true);
    await vi.advanceTimersByTimeAsync(0);
    expect(trial.heard.slice(1)).toEqual(["try 1", "1001: Infinity ms"]);
    trial.page.thaw();
    await vi.advanceTimersByTimeAsync(0);
    await trial.fail();
    expect(trial.end).toMatchObject({ code: 1006 });
  });

  test("can be stopped", async () => {
    const trial = startedTrial();
    trial.page.leave();
    trial.reconnector.stop();
    trial.page.comeBack();
    await vi.advanceTimersByTimeAsync(100_000);
    expect(trial.dialer.dials).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
