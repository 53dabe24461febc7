import { describe, expect, test } from "vitest";
import { listWindow, rowAfterKey, scrollToShow } from "../../../client/dashboard/model/list-window.ts";

describe("the rows that are drawn", () => {
  test.each([
    ["at the top", 1_000, 0, { first: 0, end: 26 }],
    ["in the middle", 1_000, 10_000, { first: 494, end: 526 }],
    ["at the bottom", 1_000, 19_600, { first: 974, end: 1_000 }],
    ["beyond the bottom, as the list became shorter", 10, 19_600, { first: 10, end: 10 }],
    ["of no rows", 0, 0, { first: 0, end: 0 }],
    ["of rows that all fit", 3, 0, { first: 0, end: 3 }],
  ])("%s", (_, count, scrollTop, expected) => {
    expect(listWindow(count, 20, scrollTop, 400)).toEqual(expected);
  });

  test("are as many for a million rows as for a thousand", () => {
    const { first, end } = listWindow(1_000_000, 20, 9_999_990, 400);
    expect(end - first).toBeLessThan(40);
    expect(first * 20).toBeLessThan(9_999_990);
    expect(end * 20).toBeGreaterThan(9_999_990 + 400);
  });
});

test("It is scrolled to a row no further than is needed, and not for one that is seen", () => {
  expect(scrollToShow(5, 20, 0, 400)).toBeUndefined();
  expect(scrollToShow(0, 20, 10, 400)).toBe(0);
  expect(scrollToShow(30, 20, 0, 400)).toBe(220);
});

test.each([
  ["ArrowDown", 0, 1],
  ["ArrowDown", 99, 99],
  ["ArrowDown", -1, 0],
  ["ArrowUp", 5, 4],
  ["ArrowUp", 0, 0],
  ["PageDown", 5, 25],
  ["PageUp", 5, 0],
  ["Home", 50, 0],
  ["End", 50, 99],
  ["a", 50, undefined],
])("%s moves from row %d to %o, and in an empty list nowhere", (key, row, expected) => {
  expect(rowAfterKey(key, row, 100, 20)).toBe(expected);
  expect(rowAfterKey(key, row, 0, 20)).toBeUndefined();
});
