import { describe, expect, test } from "vitest";
import { fractionOf, ticksOf, zoomed } from "../../../client/dashboard/model/time-scale.ts";

describe("zooming", () => {
  test("keeps the moment where it is", () => {
    const view = { fromMs: 0, toMs: 100 };
    const closer = zoomed(view, 0.5, 80);
    expect(closer).toEqual({ fromMs: 40, toMs: 90 });
    expect(fractionOf(closer, 80)).toBe(fractionOf(view, 80));
    expect(zoomed(closer, 2, 80)).toEqual(view);
  });

  test("ends at a millisecond", () => {
    const { fromMs, toMs } = zoomed({ fromMs: 1e12, toMs: 1e12 + 4 }, 0.001, 1e12 + 2);
    expect(toMs - fromMs).toBeCloseTo(1, 3);
  });
});

describe("ticks", () => {
  const labels = (fromMs: number, toMs: number, leastMs: number) =>
    ticksOf({ fromMs: 1_000 + fromMs, toMs: 1_000 + toMs }, 1_000, leastMs).map(({ label }) => label);

  test.each([
    [0, 4, 0.7, ["0", "1 ms", "2 ms", "3 ms", "4 ms"]],
    [0, 1, 0.2, ["0", "0.2 ms", "0.4 ms", "0.6 ms", "0.8 ms", "1.0 ms"]],
    [0, 400, 90, ["0", "100 ms", "200 ms", "300 ms", "400 ms"]],
    [900, 1_600, 150, ["1.0 s", "1.2 s", "1.4 s", "1.6 s"]],
    [0, 16_000, 4_500, ["0", "5 s", "10 s", "15 s"]],
    [50_000, 100_000, 20_000, ["1:00", "1:30"]],
    [3_500_000, 3_800_000, 90_000, ["1:00:00", "1:02:00"]],
    [-10_000, 10_000, 9_000, ["−10 s", "0", "10 s"]],
  ])("from %d to %d ms, at least %d apart, are %j", (fromMs, toMs, leastMs, expected) => {
    expect(labels(fromMs, toMs, leastMs)).toEqual(expected);
  });

  test("are never closer than they are told to be", () => {
    for (let leastMs = 0.01; leastMs < 1e9; leastMs *= 1.7) {
      const ticks = ticksOf({ fromMs: 0, toMs: leastMs * 12 }, 0, leastMs);
      expect(ticks.length).toBeLessThanOrEqual(13);
      expect(ticks.length).toBeGreaterThan(2);
    }
  });
});
