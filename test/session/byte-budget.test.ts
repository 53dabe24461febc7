import { expect, test } from "vitest";
import { ByteBudget } from "../../src/session/byte-budget.ts";

test("what one holder takes is missing to the others until it is given back", () => {
  const budget = new ByteBudget(10);
  budget.take(4);
  budget.take(6);
  expect(budget.free).toBe(0);
  budget.give(6);
  expect(budget.free).toBe(6);
  budget.give(4);
  expect(budget.free).toBe(10);
});

test("what is taken beyond the bound is missing until room was made for it", () => {
  const budget = new ByteBudget(10);
  budget.take(12);
  expect(budget.free).toBe(-2);
  budget.give(5);
  expect(budget.free).toBe(3);
});
