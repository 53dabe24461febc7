import { expect, onTestFinished, test } from "vitest";
import { GatewayProcess } from "../support/gateway-process.ts";
import { compare, lossOf } from "./comparison.ts";

test("a session at 5,000 frames a second is hardly slowed by an observer of all of them, who misses none", async () => {
  const gateway = await GatewayProcess.start({ executors: 1 });
  onTestFinished(() => gateway.kill());
  const comparison = await compare(gateway, 2, (stream) => stream.atRate(5_000, 600));
  // `npm run bench:observers` holds it to a tenth: other tests run beside this one.
  expect(lossOf(comparison)).toBeLessThan(0.3);
  const seen = comparison.observed.map(({ observer }) => observer);
  expect(seen).toEqual(comparison.observed.map(({ frames }) => ({ seen: frames, dropped: 0 })));
});
