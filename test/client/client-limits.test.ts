import { expect, test } from "vitest";
import { assumedLimits, limitsInForce } from "../../client/client-limits.ts";
import { announced, defaultLimits } from "../../src/protocol/limits.ts";

test("a client assumes the gateway's defaults", () => {
  expect(defaultLimits).toMatchObject(assumedLimits);
});

test("a gateway announces every limit that a client goes by", () => {
  expect(announced(defaultLimits)).toMatchObject(assumedLimits);
});

test("what the gateway announces holds, and what it leaves out is assumed", () => {
  expect(limitsInForce({ frameBytes: 1_000, sessionTtlMs: 5 })).toMatchObject({
    frameBytes: 1_000,
    sessionTtlMs: 5,
    valueDepth: defaultLimits.valueDepth,
  });
});
