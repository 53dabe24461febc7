import { describe, expect, test, vi } from "vitest";
import { closureOf } from "../../client/closure.ts";
import { ConnectionError, RequestError } from "../../client/errors.ts";
import { refused, startedTrial } from "./reconnector-trial.ts";

describe("the reconnector", () => {
  test("tries again after each failure, with pauses that grow up to the cap", async () => {
    const trial = startedTrial({ baseMs: 100, capMs: 1_000 });
    for (let tries = 1; tries <= 6; tries++) await trial.fail();
    expect(trial.heard.filter((entry) => entry.startsWith("1006"))).toEqual(
      [50, 100, 200, 400, 500, 500, 500].map((ms) => `1006: ${ms} ms`),
    );
    expect(trial.heard.slice(0, 5)).toEqual(["1006: 50 ms", "try 1", "1006: 100 ms", "try 2", "1006: 200 ms"]);
    expect(trial.end).toBeUndefined();
  });

  test("asks for the hello at each try, and is done when one succeeds", async () => {
    const trial = startedTrial();
    await trial.fail();
    await vi.advanceTimersToNextTimerAsync();
    expect(trial.dialer.dials).toHaveLength(2);
    expect(trial.dialer.latest.hello).toEqual({ type: "hello", lastSeq: 7 });
    trial.dialer.latest.welcome();
    await vi.advanceTimersByTimeAsync(1_000_000);
    expect(trial.end).toBe("connected");
    expect(trial.dialer.dials).toHaveLength(2);
  });

  test("begins with a short pause again after a connection that held", async () => {
    const trial = startedTrial({ baseMs: 100, capMs: 1_000 });
    for (let tries = 1; tries <= 4; tries++) await trial.fail();
    await vi.advanceTimersToNextTimerAsync();
    trial.dialer.latest.welcome();
    await vi.advanceTimersByTimeAsync(1_000);
    trial.again();
    expect(trial.heard.at(-1)).toBe("1006: 50 ms");
  });

  test("takes a connection that was lost at once for no success", async () => {
    const trial = startedTrial({ baseMs: 100, capMs: 1_000 });
    for (let tries = 1; tries <= 2; tries++) await trial.fail();
    await vi.advanceTimersToNextTimerAsync();
    trial.dialer.latest.welcome();
    await vi.advanceTimersByTimeAsync(999);
    trial.again();
    expect(trial.heard.at(-1)).toBe("1006: 400 ms");
  });

  test("gives up after maxTries, with the last failure as its cause", async () => {
    const trial = startedTrial({ maxTries: 2 });
    await trial.fail();
    const last = refused(1013, "full");
    await trial.fail(last);
    expect(trial.end).toEqual({
      code: 1013,
      reason: "given up after 2 tries in 150 ms: full",
      retryable: true,
      cause: last,
    });
    expect(vi.getTimerCount()).toBe(0);
  });

  test("gives up after maxMs, with a last try just then", async () => {
    const trial = startedTrial({ maxMs: 1_000, baseMs: 600, capMs: 600 });
    for (let tries = 1; tries <= 4; tries++) await trial.fail();
    expect(trial.heard.filter((entry) => entry.startsWith("1006"))).toEqual([
      "1006: 300 ms",
      "1006: 300 ms",
      "1006: 300 ms",
      "1006: 100 ms",
    ]);
    expect(trial.end).toMatchObject({ code: 1006, reason: "given up after 4 tries in 1000 ms" });
  });

  test("goes on for as long as the session lives where it is not told otherwise", async () => {
    const trial = startedTrial();
    for (let tries = 0; tries < 300; tries++) if (!trial.end) await trial.fail();
    expect(trial.end).toMatchObject({ reason: expect.stringMatching(/in 900000 ms$/) });
  });

  test("tries once more where the machine slept past the time", async () => {
    const trial = startedTrial({ maxMs: 1_000 });
    vi.setSystemTime(Date.now() + 3_600_000);
    await vi.advanceTimersToNextTimerAsync();
    expect(trial.end).toBeUndefined();
    trial.dialer.latest.welcome();
    expect(trial.end).toBe("connected");
  });

  test.each([4404, 4410, 4409, 4403, 4401, 1002])("gives up at once where the gateway answers %i", async (code) => {
    const trial = startedTrial();
    await trial.fail(refused(code, "no"));
    expect(trial.end).toMatchObject({ code, reason: "no", retryable: false, cause: expect.any(ConnectionError) });
    expect(trial.dialer.dials).toHaveLength(1);
  });

  test("gives up where the gateway refuses the hello", async () => {
    const trial = startedTrial();
    await trial.fail(new RequestError({ code: "bad_frame", message: "hello: no" }));
    expect(trial.end).toMatchObject({ code: 4400, reason: "hello: no", retryable: false });
  });

  test.each<[string, unknown]>([
    ["no welcome came in time", new ConnectionError("late", { code: "connect_timeout", retryable: true })],
    ["the token function fails", new Error("no network")],
    ["1009 comes", refused(1009)],
    ["1012 comes", refused(1012)],
    ["a code comes that nobody knows", refused(4999)],
  ])("tries again where %s", async (_, error) => {
    const trial = startedTrial();
    await trial.fail(error);
    expect(trial.end).toBeUndefined();
    await vi.advanceTimersToNextTimerAsync();
    expect(trial.dialer.dials).toHaveLength(2);
  });

  test("waits as long as the gateway says after 4429", async () => {
    const trial = startedTrial({}, closureOf(4429, "too many frames; come back in 3000 ms"));
    expect(trial.heard).toEqual(["4429: 3000 ms"]);
    await trial.fail(refused(4429, "5000 ms"));
    expect(trial.heard.at(-1)).toBe("4429: 5000 ms");
    await trial.fail();
    expect(trial.heard.at(-1)).toBe("1006: 200 ms");
  });

  test("tries no more once it was stopped, and says nothing", async () => {
    const trial = startedTrial();
    trial.reconnector.stop();
    await vi.advanceTimersByTimeAsync(1_000_000);
    expect(trial.heard).toEqual(["1006: 50 ms"]);
    expect(vi.getTimerCount()).toBe(0);
    expect(trial.end).toBeUndefined();
  });

  test("takes back the try that is under way when it is stopped", async () => {
    const trial = startedTrial();
    await vi.advanceTimersToNextTimerAsync();
    trial.reconnector.stop();
    expect(trial.dialer.latest.signal?.aborted).toBe(true);
    await vi.advanceTimersByTimeAsync(1_000_000);
    expect(trial.heard).toEqual(["1006: 50 ms", "try 1"]);
    expect(trial.end).toBeUndefined();
  });
});

describe("connecting again can help", () => {
  test.each([1001, 1006, 1009, 1011, 1012, 1013, 4408, 4429, 4431, 4440, 1005])("after %i", (code) => {
    const trial = startedTrial();
    expect(trial.reconnector.canHelp(closureOf(code, ""))).toBe(true);
  });

  test.each([1000, 1002, 1003, 1007, 4400, 4401, 4403, 4404, 4406, 4409, 4410])("not after %i", (code) => {
    const trial = startedTrial();
    expect(trial.reconnector.canHelp(closureOf(code, ""))).toBe(false);
  });

  test("after 4401 where there is a new token", () => {
    const trial = startedTrial();
    trial.dialer.renewsToken = true;
    expect(trial.reconnector.canHelp(closureOf(4401, ""))).toBe(true);
  });
});
