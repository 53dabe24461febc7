import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Watchdog } from "../../client/watchdog.ts";

let heard: string[];
let watchdog: Watchdog;

beforeEach(() => {
  vi.useFakeTimers();
  heard = [];
  watchdog = new Watchdog({
    heartbeatMs: 25_000,
    pongMs: 10_000,
    ping: () => heard.push("ping"),
    expired: () => heard.push("expired"),
  });
});

afterEach(() => {
  vi.useRealTimers();
});

describe("the watchdog", () => {
  test("asks for a sign of life after a heartbeat of silence, and expires without one", () => {
    vi.advanceTimersByTime(24_999);
    expect(heard).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(heard).toEqual(["ping"]);
    vi.advanceTimersByTime(9_999);
    expect(heard).toEqual(["ping"]);
    vi.advanceTimersByTime(1);
    expect(heard).toEqual(["ping", "expired"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("takes whatever comes as a sign of life", () => {
    for (let times = 0; times < 10; times++) {
      vi.advanceTimersByTime(24_000);
      watchdog.heard();
    }
    expect(heard).toEqual([]);
    vi.advanceTimersByTime(25_000);
    expect(heard).toEqual(["ping"]);
  });

  test("goes on listening when it was answered, counting from the answer", () => {
    vi.advanceTimersByTime(26_000);
    watchdog.heard();
    vi.advanceTimersByTime(24_999);
    expect(heard).toEqual(["ping"]);
    vi.advanceTimersByTime(1);
    expect(heard).toEqual(["ping", "ping"]);
  });

  test("is silent once it was stopped", () => {
    watchdog.stop();
    vi.advanceTimersByTime(100_000);
    expect(heard).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("checks at once when it is told to, and expires after five seconds", () => {
    vi.advanceTimersByTime(1_000);
    watchdog.check();
    expect(heard).toEqual(["ping"]);
    vi.advanceTimersByTime(4_999);
    expect(heard).toEqual(["ping"]);
    vi.advanceTimersByTime(1);
    expect(heard).toEqual(["ping", "expired"]);
  });

  test("takes nothing that came before a check as its answer", () => {
    watchdog.heard();
    watchdog.check();
    vi.advanceTimersByTime(5_000);
    expect(heard).toEqual(["ping", "expired"]);
  });
});

describe("a machine that slept", () => {
  /** Time passes, and no timer is served. */
  const sleep = (ms: number) => vi.setSystemTime(Date.now() + ms);

  test("has its connection checked as soon as it is awake", () => {
    vi.advanceTimersByTime(20_000);
    sleep(3_600_000);
    vi.advanceTimersByTime(5_000);
    expect(heard).toEqual(["ping"]);
    vi.advanceTimersByTime(5_000);
    expect(heard).toEqual(["ping", "expired"]);
  });

  test("is not told that the connection is dead only because the answer could not come in its sleep", () => {
    vi.advanceTimersByTime(30_000);
    expect(heard).toEqual(["ping"]);
    sleep(3_600_000);
    vi.advanceTimersByTime(5_000);
    expect(heard).toEqual(["ping", "ping"]);
    watchdog.heard();
    vi.advanceTimersByTime(5_000);
    expect(heard).toEqual(["ping", "ping"]);
  });

  test("in which every timer comes late, as in a page in the background, still finds out", () => {
    for (let minutes = 0; minutes < 3; minutes++) {
      sleep(60_000);
      vi.advanceTimersByTime(25_000);
    }
    expect(heard).toEqual(["ping", "expired"]);
  });

  test("that was merely held up is asked again before it is given up", () => {
    vi.advanceTimersByTime(25_000);
    sleep(1_500);
    vi.advanceTimersByTime(10_000);
    expect(heard).toEqual(["ping", "ping"]);
    vi.advanceTimersByTime(5_000);
    expect(heard).toEqual(["ping", "ping", "expired"]);
  });

  test("that only dozed is nothing to the watchdog", () => {
    sleep(25_000);
    vi.advanceTimersByTime(25_000);
    expect(heard).toEqual(["ping"]);
    vi.advanceTimersByTime(9_999);
    expect(heard).toEqual(["ping"]);
  });
});

test("its timer does not keep a Node process alive", () => {
  vi.useRealTimers();
  const before = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const real = new Watchdog({ heartbeatMs: 25_000, pongMs: 10_000, ping: () => {}, expired: () => {} });
  expect(process.getActiveResourcesInfo().filter((name) => name === "Timeout")).toHaveLength(before);
  real.stop();
});
