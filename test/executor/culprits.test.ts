import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Culprits } from "../../src/executor/culprits.ts";

describe("B6: the culprits of dead processes", () => {
  let culprits: Culprits;
  beforeEach(() => {
    vi.useFakeTimers();
    culprits = new Culprits();
  });
  afterEach(() => void vi.useRealTimers());

  test("a sole suspect is the culprit", () => {
    culprits.blame(["a"]);
    expect([culprits.has("a"), culprits.has("b")]).toEqual([true, false]);
  });

  test("of several suspects none is, until a second death has one of them among its own", () => {
    culprits.blame(["a", "b"]);
    expect([culprits.has("a"), culprits.has("b")]).toEqual([false, false]);
    culprits.blame(["b", "c"]);
    expect(["a", "b", "c"].map((id) => culprits.has(id))).toEqual([false, true, false]);
  });

  test("a death without suspects is nobody's", () => {
    culprits.blame([]);
    expect(culprits.has("a")).toBe(false);
  });

  test("a culprit's first process of its own starts at once, later ones after 100 ms, doubled up to 10 s", () => {
    const waits = Array.from({ length: 10 }, () => {
      culprits.blame(["a"]);
      const waitMs = culprits.waitMs("a");
      vi.advanceTimersByTime(waitMs);
      expect(culprits.waitMs("a")).toBe(0);
      return waitMs;
    });
    expect(waits).toEqual([0, 100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
    expect(culprits.waitMs("b")).toBe(0);
  });

  test("a culprit's process that lived for more than a minute is replaced as the first was", () => {
    for (let death = 0; death < 5; death++) culprits.blame(["a"]);
    expect(culprits.waitMs("a")).toBe(800);
    vi.advanceTimersByTime(60_001);
    culprits.blame(["a"]);
    expect(culprits.waitMs("a")).toBe(100);
  });

  test("4,096 sessions are remembered, and of a further one's blame the least recent is forgotten", () => {
    culprits.blame(["a"]);
    culprits.blame(["b"]);
    for (let count = 0; count < 4_094; count++) culprits.blame([`other-${count}`]);
    // Whoever is asked for is in use.
    expect(culprits.has("a")).toBe(true);
    culprits.blame(["c"]);
    expect(["a", "b", "c"].map((id) => culprits.has(id))).toEqual([true, false, true]);
  });
});
