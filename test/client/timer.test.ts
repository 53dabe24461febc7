import { describe, expect, test } from "vitest";
import { after, pause } from "../../client/timer.ts";

/** Timers that keep this process alive. */
const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;

describe("a pause", () => {
  test("ends when its time is up", async () => {
    const start = performance.now();
    await pause(20, new AbortController().signal);
    expect(performance.now() - start).toBeGreaterThan(15);
  });

  test("keeps the process alive, as nothing else may while there is no connection; a timer does not", () => {
    const before = timers();
    const cancel = after(60_000, () => {});
    expect(timers()).toBe(before);
    const controller = new AbortController();
    void pause(60_000, controller.signal);
    expect(timers()).toBe(before + 1);
    controller.abort();
    cancel();
  });

  test("ends when its signal is aborted, and leaves no timer", async () => {
    const before = timers();
    const controller = new AbortController();
    const paused = pause(60_000, controller.signal);
    controller.abort();
    await paused;
    await pause(60_000, controller.signal);
    expect(timers()).toBe(before);
  });
});
