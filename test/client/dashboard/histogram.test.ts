import { describe, expect, test } from "vitest";
import { histogramSince, quantileOf } from "../../../client/dashboard/model/histogram.ts";
import type { HistogramNumbers } from "../../../src/protocol/observed-events.ts";

const histogram = (count: number, ...buckets: [number, number][]): HistogramNumbers => ({
  count,
  sumMs: count,
  buckets,
});

describe("a quantile", () => {
  const hundred = histogram(100, [10, 50], [20, 90], [100, 100]);

  test.each([
    [0.5, 10],
    [0.25, 5],
    [0.9, 20],
    [0.7, 15],
    [0.95, 60],
    [1, 100],
  ])("of %d is where it lies between the bounds of its bucket", (share, expected) => {
    expect(quantileOf(hundred, share)).toBeCloseTo(expected, 9);
  });

  test("beyond the last bound is that bound", () => {
    expect(quantileOf(histogram(10, [10, 1]), 0.99)).toBe(10);
  });

  test("of nothing is none", () => {
    expect(quantileOf(histogram(0, [10, 0]), 0.5)).toBeNull();
  });
});

test("What a histogram gained is the difference, and after a restart all that it has", () => {
  const earlier = histogram(10, [10, 4], [20, 10]);
  expect(histogramSince(histogram(13, [10, 4], [20, 13]), earlier)).toEqual(histogram(3, [10, 0], [20, 3]));
  expect(histogramSince(histogram(2, [10, 1], [20, 2]), earlier)).toEqual(histogram(2, [10, 1], [20, 2]));
  expect(histogramSince(earlier, undefined)).toBe(earlier);
});
