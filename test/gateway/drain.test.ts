import { expect, test } from "vitest";
import { Drain } from "../../src/gateway/drain.ts";
import { FakeClock } from "../support/fake-clock.ts";

test("before it begins nobody is told anything", () => {
  const drain = new Drain(new FakeClock(), 25_000);
  expect([drain.hasBegun, drain.leftMs, drain.retryAfterMs, drain.frame]).toEqual([
    false,
    25_000,
    undefined,
    undefined,
  ]);
});

test("from its beginning on its time runs out, and a client may retry when the sockets have closed as well", () => {
  const clock = new FakeClock();
  const drain = new Drain(clock, 25_000);
  clock.advance(1_000);
  drain.begin();
  expect(drain.frame).toEqual({ type: "drain", deadlineMs: 25_000, retryAfterMs: 26_000 });
  clock.advance(20_000.5);
  expect(drain.frame).toEqual({ type: "drain", deadlineMs: 5_000, retryAfterMs: 6_000 });
  clock.advance(60_000);
  expect(drain.frame).toEqual({ type: "drain", deadlineMs: 0, retryAfterMs: 1_000 });
});

test("it begins once", () => {
  const clock = new FakeClock();
  const drain = new Drain(clock, 25_000);
  drain.begin();
  clock.advance(10_000);
  drain.begin();
  expect(drain.leftMs).toBe(15_000);
});
