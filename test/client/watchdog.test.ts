import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Watchdog } from "../../client/watchdog.ts";
import { FakePage } from "./fake-page.ts";

let heard: string[];
let watchdog: Watchdog;
let fake: FakePage;

beforeEach(() => {
  vi.useFakeTimers();
  heard = [];
  fake = new FakePage();
  watchdog = new Watchdog({
    heartbeatMs: 25_000,
    page: fake.page,
    ping: () => heard.push("ping"),
    lost: ({ code }) => heard.push(`lost ${code}`),
  });
});

afterEach(() => {
  vi.useRealTimers();
});

describe("the watchdog", () => {
  test("asks for a sign of life after a heartbeat of silence, and gives the connection up without one", () => {
    vi.advanceTimersByTime(24_999);
    expect(heard).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(heard).toEqual(["ping"]);
    vi.advanceTimersByTime(9_999);
    expect(heard).toEqual(["ping"]);
    vi.advanceTimersByTime(1);
    expect(heard).toEqual(["ping", "lost 4440"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("waits no longer for the sign than from one heartbeat to the next, where these are short", () => {
    watchdog.stop();
    const lost = vi.fn<() => void>();
    const short = new Watchdog({ heartbeatMs: 500, page: fake.page, ping: () => heard.push("ping"), lost });
    vi.advanceTimersByTime(999);
    expect(heard).toEqual(["ping"]);
    expect(lost).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(lost).toHaveBeenCalledOnce();
    short.stop();
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

  test("checks at once when it is told to, and waits for five seconds", () => {
    vi.advanceTimersByTime(1_000);
    watchdog.check();
    expect(heard).toEqual(["ping"]);
    vi.advanceTimersByTime(4_999);
    expect(heard).toEqual(["ping"]);
    vi.advanceTimersByTime(1);
    expect(heard).toEqual(["ping", "lost 4440"]);
  });

  test("takes nothing that came before a check as its answer", () => {
    watchdog.heard();
    watchdog.check();
    vi.advanceTimersByTime(5_000);
    expect(heard).toEqual(["ping", "lost 4440"]);
  });
});

describe("a page", () => {
  test.each<[string, () => void]>([
    ["is looked at again", () => fake.show()],
    ["has a network again", () => fake.goOnline()],
    ["has no network any more", () => fake.goOffline()],
  ])("that %s has its connection checked at once", (_, event) => {
    vi.advanceTimersByTime(1_000);
    event();
    expect(heard).toEqual(["ping"]);
    vi.advanceTimersByTime(5_000);
    expect(heard).toEqual(["ping", "lost 4440"]);
  });

  test("that is looked at again and again does not put the end of a check off", () => {
    for (let seconds = 0; seconds < 5; seconds++) {
      fake.show();
      vi.advanceTimersByTime(1_000);
    }
    expect(heard).toEqual(["ping", "lost 4440"]);
  });

  test("has it checked anew when the last check was answered", () => {
    fake.show();
    watchdog.heard();
    vi.advanceTimersByTime(2_000);
    fake.goOffline();
    vi.advanceTimersByTime(5_000);
    expect(heard).toEqual(["ping", "ping", "lost 4440"]);
  });

  test("that is put aside gives its connection up at once, and once", () => {
    fake.leave();
    expect(heard).toEqual(["lost 1001"]);
    fake.comeBack();
    vi.advanceTimersByTime(100_000);
    expect(heard).toEqual(["lost 1001"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("is nothing to a watchdog that was stopped", () => {
    watchdog.stop();
    fake.goOffline();
    fake.leave();
    expect(heard).toEqual([]);
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
    expect(heard).toEqual(["ping", "lost 4440"]);
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
    expect(heard).toEqual(["ping", "lost 4440"]);
  });

  test("that was merely held up is asked again before it is given up", () => {
    vi.advanceTimersByTime(25_000);
    sleep(1_500);
    vi.advanceTimersByTime(10_000);
    expect(heard).toEqual(["ping", "ping"]);
    vi.advanceTimersByTime(5_000);
    expect(heard).toEqual(["ping", "ping", "lost 4440"]);
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
  const real = new Watchdog({ heartbeatMs: 25_000, page: fake.page, ping: () => {}, lost: () => {} });
  expect(process.getActiveResourcesInfo().filter((name) => name === "Timeout")).toHaveLength(before);
  real.stop();
});
