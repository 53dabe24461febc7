import { expect, test } from "vitest";
import { Tally } from "../../src/session/tally.ts";

test("a name has as many as it may, and no more", () => {
  const tally = new Tally();
  expect([1, 2, 3].map(() => tally.take("a", 2))).toEqual([true, true, false]);
});

test("what one name has is not counted against another", () => {
  const tally = new Tally();
  tally.take("a", 1);
  expect([tally.take("b", 1), tally.take("a", 1)]).toEqual([true, false]);
});

test("what is released can be taken again, once", () => {
  const tally = new Tally();
  tally.take("a", 2);
  tally.take("a", 2);
  tally.release("a");
  expect([tally.take("a", 2), tally.take("a", 2)]).toEqual([true, false]);
});

test("a refusal counts nothing, so that nothing has to be released for it", () => {
  const tally = new Tally();
  expect([tally.take("a", 0), tally.take("a", 1), tally.take("a", 1)]).toEqual([false, true, false]);
});
