import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Closure, closureError, closureOf } from "../../client/closure.ts";
import { ConnectionError, RequestError } from "../../client/errors.ts";
import { type ReconnectOptions, Reconnector } from "../../client/reconnector.ts";
import { FakeDialer } from "./fake-dialer.ts";
import { FakePage } from "./fake-page.ts";

const lost = closureOf(1006, "");
const refused = (code: number, reason = "") => closureError(closureOf(code, reason), "could not connect");

let dialer: FakeDialer;
let fake: FakePage;
let reconnector: Reconnector;
let heard: string[];
let end: Closure | "connected" | undefined;

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  heard = [];
  end = undefined;
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

function start(options: ReconnectOptions = {}, closure = lost): void {
  dialer = new FakeDialer();
  fake = new FakePage();
  reconnector = new Reconnector(dialer, options, fake.page);
  again(closure);
}

function again(closure = lost): void {
  void reconnector.reconnect(closure, {
    maxMs: 900_000,
    hello: () => ({ type: "hello", lastSeq: 7 }),
    waiting: ({ closure: { code }, retryMs, offline }) => {
      heard.push(`${code}: ${retryMs} ms${offline ? ", offline" : ""}`);
    },
    trying: (attempt) => void heard.push(`try ${attempt}`),
    connected: () => (end = "connected"),
    gaveUp: (closure) => (end = closure),
  });
}

/** Lets the pause pass, and the try fail. */
async function fail(error: unknown = refused(1006)): Promise<void> {
  await vi.advanceTimersToNextTimerAsync();
  dialer.latest.fail(error);
  await vi.advanceTimersByTimeAsync(0);
}

describe("the reconnector", () => {
  test("tries again after each failure, with pauses that grow up to the cap", async () => {
    start({ baseMs: 100, capMs: 1_000 });
    for (let tries = 1; tries <= 6; tries++) await fail();
    expect(heard.filter((entry) => entry.startsWith("1006"))).toEqual(
      [50, 100, 200, 400, 500, 500, 500].map((ms) => `1006: ${ms} ms`),
    );
    expect(heard.slice(0, 5)).toEqual(["1006: 50 ms", "try 1", "1006: 100 ms", "try 2", "1006: 200 ms"]);
    expect(end).toBeUndefined();
  });

  test("asks for the hello at each try, and is done when one succeeds", async () => {
    start();
    await fail();
    await vi.advanceTimersToNextTimerAsync();
    expect(dialer.dials).toHaveLength(2);
    expect(dialer.latest.hello).toEqual({ type: "hello", lastSeq: 7 });
    dialer.latest.welcome();
    await vi.advanceTimersByTimeAsync(1_000_000);
    expect(end).toBe("connected");
    expect(dialer.dials).toHaveLength(2);
  });

  test("begins with a short pause again after a connection that held", async () => {
    start({ baseMs: 100, capMs: 1_000 });
    for (let tries = 1; tries <= 4; tries++) await fail();
    await vi.advanceTimersToNextTimerAsync();
    dialer.latest.welcome();
    await vi.advanceTimersByTimeAsync(1_000);
    again();
    expect(heard.at(-1)).toBe("1006: 50 ms");
  });

  test("takes a connection that was lost at once for no success", async () => {
    start({ baseMs: 100, capMs: 1_000 });
    for (let tries = 1; tries <= 2; tries++) await fail();
    await vi.advanceTimersToNextTimerAsync();
    dialer.latest.welcome();
    await vi.advanceTimersByTimeAsync(999);
    again();
    expect(heard.at(-1)).toBe("1006: 400 ms");
  });

  test("gives up after maxTries, with the last failure as its cause", async () => {
    start({ maxTries: 2 });
    await fail();
    const last = refused(1013, "full");
    await fail(last);
    expect(end).toEqual({
      code: 1013,
      reason: "given up after 2 tries in 150 ms: full",
      retryable: true,
      cause: last,
    });
    expect(vi.getTimerCount()).toBe(0);
  });

  test("gives up after maxMs, with a last try just then", async () => {
    start({ maxMs: 1_000, baseMs: 600, capMs: 600 });
    for (let tries = 1; tries <= 4; tries++) await fail();
    expect(heard.filter((entry) => entry.startsWith("1006"))).toEqual([
      "1006: 300 ms",
      "1006: 300 ms",
      "1006: 300 ms",
      "1006: 100 ms",
    ]);
    expect(end).toMatchObject({ code: 1006, reason: "given up after 4 tries in 1000 ms" });
  });

  test("goes on for as long as the session lives where it is not told otherwise", async () => {
    start();
    for (let tries = 0; tries < 300; tries++) if (!end) await fail();
    expect(end).toMatchObject({ reason: expect.stringMatching(/in 900000 ms$/) });
  });

  test("tries once more where the machine slept past the time", async () => {
    start({ maxMs: 1_000 });
    vi.setSystemTime(Date.now() + 3_600_000);
    await vi.advanceTimersToNextTimerAsync();
    expect(end).toBeUndefined();
    dialer.latest.welcome();
    expect(end).toBe("connected");
  });

  test.each([4404, 4410, 4409, 4403, 4401, 1002])("gives up at once where the gateway answers %i", async (code) => {
    start();
    await fail(refused(code, "no"));
    expect(end).toMatchObject({ code, reason: "no", retryable: false, cause: expect.any(ConnectionError) });
    expect(dialer.dials).toHaveLength(1);
  });

  test("gives up where the gateway refuses the hello", async () => {
    start();
    await fail(new RequestError({ code: "bad_frame", message: "hello: no" }));
    expect(end).toMatchObject({ code: 4400, reason: "hello: no", retryable: false });
  });

  test.each<[string, unknown]>([
    ["no welcome came in time", new ConnectionError("late", { code: "connect_timeout", retryable: true })],
    ["the token function fails", new Error("no network")],
    ["1009 comes", refused(1009)],
    ["1012 comes", refused(1012)],
    ["a code comes that nobody knows", refused(4999)],
  ])("tries again where %s", async (_, error) => {
    start();
    await fail(error);
    expect(end).toBeUndefined();
    await vi.advanceTimersToNextTimerAsync();
    expect(dialer.dials).toHaveLength(2);
  });

  test("waits as long as the gateway says after 4429", async () => {
    start({}, closureOf(4429, "too many frames; come back in 3000 ms"));
    expect(heard).toEqual(["4429: 3000 ms"]);
    await fail(refused(4429, "5000 ms"));
    expect(heard.at(-1)).toBe("4429: 5000 ms");
    await fail();
    expect(heard.at(-1)).toBe("1006: 200 ms");
  });

  test("tries no more once it was stopped, and says nothing", async () => {
    start();
    reconnector.stop();
    await vi.advanceTimersByTimeAsync(1_000_000);
    expect(heard).toEqual(["1006: 50 ms"]);
    expect(vi.getTimerCount()).toBe(0);
    expect(end).toBeUndefined();
  });

  test("takes back the try that is under way when it is stopped", async () => {
    start();
    await vi.advanceTimersToNextTimerAsync();
    reconnector.stop();
    expect(dialer.latest.signal?.aborted).toBe(true);
    await vi.advanceTimersByTimeAsync(1_000_000);
    expect(heard).toEqual(["1006: 50 ms", "try 1"]);
    expect(end).toBeUndefined();
  });
});

describe("a page that has no network", () => {
  test("says so, and tries seldom", async () => {
    start({ baseMs: 100, capMs: 1_000 });
    fake.goOffline();
    await vi.advanceTimersByTimeAsync(0);
    expect(heard).toEqual(["1006: 50 ms", "1006: 1000 ms, offline"]);
    await fail();
    expect(heard.slice(2)).toEqual(["try 1", "1006: 1000 ms, offline"]);
  });

  test("has a try at once when there is one", async () => {
    start();
    fake.goOffline();
    await vi.advanceTimersByTimeAsync(3_000);
    fake.goOnline();
    await vi.advanceTimersByTimeAsync(0);
    expect(heard.slice(1)).toEqual(["1006: 10000 ms, offline", "1006: 0 ms", "try 1"]);
    dialer.latest.fail(refused(1006));
    await vi.advanceTimersByTimeAsync(0);
    expect(heard.at(-1)).toBe("1006: 50 ms");
  });

  test("burns no tries", async () => {
    start({ maxTries: 2 });
    fake.goOffline();
    await vi.advanceTimersByTimeAsync(0);
    for (let tries = 1; tries <= 10; tries++) await fail();
    fake.goOnline();
    await vi.advanceTimersByTimeAsync(0);
    await fail();
    expect(end).toBeUndefined();
    await fail();
    expect(end).toMatchObject({ reason: "given up after 12 tries in 100050 ms" });
  });

  test("is given up when the time is up nevertheless", async () => {
    start({ maxMs: 15_000 });
    fake.goOffline();
    await vi.advanceTimersByTimeAsync(0);
    await fail();
    await fail();
    expect(end).toMatchObject({ reason: "given up after 2 tries in 15000 ms" });
  });
});

describe("a page that is looked at", () => {
  test("has a try at once", async () => {
    start({ baseMs: 100, capMs: 10_000 });
    for (let tries = 1; tries <= 6; tries++) await fail();
    heard = [];
    fake.show();
    await vi.advanceTimersByTimeAsync(0);
    expect(heard).toEqual(["1006: 0 ms", "try 7"]);
  });

  test("waits for as long as the gateway asks for", async () => {
    start({}, closureOf(4429, "5000 ms"));
    await vi.advanceTimersByTimeAsync(2_000);
    fake.show();
    await vi.advanceTimersByTimeAsync(2_999);
    expect(heard).toEqual(["4429: 5000 ms", "4429: 3000 ms"]);
    await vi.advanceTimersByTimeAsync(1);
    expect(heard.at(-1)).toBe("try 1");
  });

  test("does not disturb a try that is under way", async () => {
    start();
    await vi.advanceTimersToNextTimerAsync();
    fake.show();
    fake.goOnline();
    expect(dialer.latest.signal?.aborted).toBe(false);
    expect(dialer.dials).toHaveLength(1);
  });
});

describe("a page that was put aside", () => {
  test("tries nothing until it is woken, and then at once", async () => {
    start();
    fake.leave();
    await vi.advanceTimersByTimeAsync(86_400_000);
    expect(heard).toEqual(["1006: 50 ms", "1006: Infinity ms"]);
    fake.comeBack();
    await vi.advanceTimersByTimeAsync(0);
    expect(heard.slice(2)).toEqual(["1006: 0 ms", "try 1"]);
    dialer.latest.welcome();
    expect(end).toBe("connected");
  });

  test("takes the try back that is under way, without counting it", async () => {
    start({ maxTries: 1 });
    await vi.advanceTimersToNextTimerAsync();
    fake.freeze();
    expect(dialer.latest.signal?.aborted).toBe(true);
    await vi.advanceTimersByTimeAsync(0);
    expect(heard.slice(1)).toEqual(["try 1", "1001: Infinity ms"]);
    fake.thaw();
    await vi.advanceTimersByTimeAsync(0);
    await fail();
    expect(end).toMatchObject({ code: 1006 });
  });

  test("can be stopped", async () => {
    start();
    fake.leave();
    reconnector.stop();
    fake.comeBack();
    await vi.advanceTimersByTimeAsync(100_000);
    expect(dialer.dials).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("connecting again can help", () => {
  test.each([1001, 1006, 1009, 1011, 1012, 1013, 4408, 4429, 4431, 4440, 1005])("after %i", (code) => {
    start();
    expect(reconnector.canHelp(closureOf(code, ""))).toBe(true);
  });

  test.each([1000, 1002, 1003, 1007, 4400, 4401, 4403, 4404, 4406, 4409, 4410])("not after %i", (code) => {
    start();
    expect(reconnector.canHelp(closureOf(code, ""))).toBe(false);
  });

  test("after 4401 where there is a new token", () => {
    start();
    dialer.renewsToken = true;
    expect(reconnector.canHelp(closureOf(4401, ""))).toBe(true);
  });
});
