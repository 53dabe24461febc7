import { expect, test } from "vitest";
import { Backoff } from "../../client/backoff.ts";

const pauses = (backoff: Backoff, count: number): number[] => Array.from({ length: count }, () => backoff.next());

test("the bound of a pause doubles with each try, up to the cap", () => {
  const backoff = new Backoff({ baseMs: 100, capMs: 1_000, random: () => 0.999_999 });
  expect(pauses(backoff, 6)).toEqual([99, 199, 399, 799, 999, 999]);
});

test("a pause may be anything below its bound", () => {
  let random = 0;
  const backoff = new Backoff({ baseMs: 100, capMs: 1_000, random: () => random });
  expect(backoff.next()).toBe(0);
  random = 0.5;
  expect(pauses(backoff, 3)).toEqual([100, 200, 400]);
});

test("a reset begins again", () => {
  const backoff = new Backoff({ baseMs: 100, capMs: 1_000, random: () => 0.5 });
  pauses(backoff, 4);
  backoff.reset();
  expect(pauses(backoff, 2)).toEqual([50, 100]);
});

test("a bound that no number can hold is the cap", () => {
  const backoff = new Backoff({ baseMs: 100, capMs: 1_000, random: () => 0.5 });
  expect(pauses(backoff, 2_000).at(-1)).toBe(500);
});

test("clients that are cut at the same moment do not come back at the same moment", () => {
  const firsts = Array.from({ length: 200 }, () => new Backoff({ baseMs: 100, capMs: 1_000 }).next());
  expect(new Set(firsts).size).toBeGreaterThan(30);
  expect(Math.min(...firsts)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...firsts)).toBeLessThan(100);
});
