import { describe, expect, test } from "vitest";
import { Patience } from "../../src/gateway/patience.ts";
import { FakeClock } from "../support/fake-clock.ts";

/** A patience of 100 ms, and when it was exhausted. */
function patient() {
  const clock = new FakeClock();
  const exhausted: number[] = [];
  const patience = new Patience({ clock, limitMs: 100, exhausted: () => exhausted.push(clock.now()) });
  return { clock, patience, exhausted };
}

describe("patience", () => {
  test("is exhausted, once, when nothing renewed it for its time", () => {
    const { clock, patience, exhausted } = patient();
    clock.advance(500);
    patience.renew();
    clock.advance(60);
    patience.renew();
    clock.advance(99);
    expect(exhausted).toEqual([]);
    clock.advance(1_000);
    expect(exhausted).toEqual([660]);
  });

  test("that runs is not renewed by a beginning", () => {
    const { clock, patience, exhausted } = patient();
    patience.begin();
    clock.advance(60);
    patience.begin();
    clock.advance(40);
    expect(exhausted).toEqual([100]);
  });

  test("that has ended is not exhausted, and one that begins again has its whole time", () => {
    const { clock, patience, exhausted } = patient();
    patience.begin();
    clock.advance(60);
    patience.end();
    clock.advance(20);
    patience.begin();
    clock.advance(99);
    expect(exhausted).toEqual([]);
    clock.advance(1);
    expect(exhausted).toEqual([180]);
  });

  test("has one timer at a time, and none once it was stopped", () => {
    const { clock, patience } = patient();
    for (let count = 0; count < 10; count++) patience.renew();
    expect(clock.pending).toBe(1);
    patience.stop();
    expect(clock.pending).toBe(0);
    patience.renew();
    patience.end();
    clock.advance(100);
    expect(clock.pending).toBe(0);
  });

  test("begins anew where its own timer comes too late, for this process slept", () => {
    const { clock, patience, exhausted } = patient();
    patience.begin();
    clock.sleep(5_000);
    expect(exhausted).toEqual([]);
    clock.advance(100);
    expect(exhausted).toEqual([5_100]);
  });

  test("does not count the time in which it was paused, wherever that lies", () => {
    const { clock, patience, exhausted } = patient();
    patience.begin();
    clock.advance(60);
    patience.pause();
    patience.pause();
    clock.advance(1_000);
    patience.resume();
    patience.resume();
    clock.advance(39);
    expect(exhausted).toEqual([]);
    clock.advance(1);
    expect(exhausted).toEqual([1_100]);
    patience.pause();
    clock.advance(10);
    patience.begin();
    clock.advance(500);
    patience.resume();
    clock.advance(99);
    expect(exhausted).toHaveLength(1);
    clock.advance(1);
    expect(exhausted).toEqual([1_100, 1_710]);
  });

  test("that has ended or was stopped while it was paused is not exhausted afterwards", () => {
    for (const over of ["end", "stop"] as const) {
      const { clock, patience, exhausted } = patient();
      patience.begin();
      patience.pause();
      clock.advance(200);
      patience[over]();
      patience.resume();
      clock.advance(1_000);
      expect([exhausted, clock.pending]).toEqual([[], 0]);
    }
  });
});
