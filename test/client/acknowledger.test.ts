import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Acknowledger } from "../../client/acknowledger.ts";

describe("the acknowledger", () => {
  let acks: number[];
  let acknowledger: Acknowledger;

  beforeEach(() => {
    vi.useFakeTimers();
    acks = [];
    acknowledger = new Acknowledger((seq) => {
      acks.push(seq);
      acknowledger.sent(seq);
    });
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  test("owes nothing before anything came", () => {
    acknowledger.flush();
    vi.runAllTimers();
    expect(acknowledger.due).toBeUndefined();
    expect(acks).toEqual([]);
  });

  test("acknowledges all that came within 10 ms in one frame", () => {
    acknowledger.received(1, 100);
    vi.advanceTimersByTime(6);
    acknowledger.received(2, 100);
    vi.advanceTimersByTime(3);
    expect(acks).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(acks).toEqual([2]);
    vi.runAllTimers();
    expect(acks).toEqual([2]);
  });

  test("sends no frame for what another frame carried", () => {
    acknowledger.received(1, 100);
    expect(acknowledger.due).toBe(1);
    acknowledger.sent(1);
    expect(acknowledger.due).toBeUndefined();
    vi.runAllTimers();
    expect(acks).toEqual([]);
  });

  test("acknowledges every 256 frames at once", () => {
    for (let seq = 1; seq <= 600; seq++) acknowledger.received(seq, 1);
    expect(acks).toEqual([256, 512]);
    vi.runAllTimers();
    expect(acks).toEqual([256, 512, 600]);
  });

  test("acknowledges every mebibyte at once", () => {
    acknowledger.received(1, 1024 * 1024 - 1);
    expect(acks).toEqual([]);
    acknowledger.received(2, 1);
    expect(acks).toEqual([2]);
    acknowledger.received(3, 1024 * 1024 - 1);
    expect(acks).toEqual([2]);
  });

  test("never goes back", () => {
    acknowledger.received(5, 1);
    acknowledger.sent(5);
    acknowledger.received(4, 1);
    vi.runAllTimers();
    expect(acknowledger.due).toBeUndefined();
    expect(acks).toEqual([]);
  });

  test("is silent once it was stopped", () => {
    acknowledger.received(1, 1);
    acknowledger.stop();
    vi.runAllTimers();
    expect(acks).toEqual([]);
  });
});

test("its timer does not keep a Node process alive", () => {
  const before = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const acknowledger = new Acknowledger(() => {});
  acknowledger.received(1, 1);
  expect(process.getActiveResourcesInfo().filter((name) => name === "Timeout")).toHaveLength(before);
  acknowledger.stop();
});
