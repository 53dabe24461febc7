import { expect, test } from "vitest";
import { Allowance } from "../../src/gateway/allowance.ts";
import { FakeClock } from "../support/fake-clock.ts";

test("two seconds' worth may be spent at once, and what is overdrawn is a time to wait", () => {
  const clock = new FakeClock();
  const allowance = new Allowance(clock, 100);
  allowance.spend(200);
  expect(allowance.waitMs).toBe(0);
  allowance.spend(50);
  expect(allowance.waitMs).toBe(500);
  clock.advance(400);
  expect(allowance.waitMs).toBe(100);
  clock.advance(100);
  expect(allowance.waitMs).toBe(0);
});

test("what is not spent does not pile up", () => {
  const clock = new FakeClock();
  const allowance = new Allowance(clock, 100);
  clock.advance(60_000);
  allowance.spend(210);
  expect(allowance.waitMs).toBe(100);
});
