import { describe, expect, test } from "vitest";
import { lostOf } from "../../client/load/ledger.ts";
import { runLoad } from "../../client/load/load.ts";
import type { LoadResult } from "../../client/load/result.ts";
import { builtInScenarios } from "../../client/load/scenarios/scenarios.ts";
import { runningGateway } from "../support/running-gateway.ts";

/** A little of it: a few sockets, and each flow some times. */
async function little(scenario: string): Promise<LoadResult> {
  const { url, token } = await runningGateway({ executors: 2 });
  return runLoad({ scenario, gateway: { url, token }, plan: { sockets: 4, concurrency: 4, count: 12, workers: 2 } });
}

describe("a little of the scenario", () => {
  test.each(builtInScenarios.map(({ name }) => name))("%s: every request is answered as it should be", async (name) => {
    const { errors, ledger, flows, metrics } = await little(name);
    expect(errors).toEqual([]);
    expect(lostOf(ledger)).toBe(0);
    expect(ledger.asked).toBeGreaterThanOrEqual(12);
    expect(ledger.answered + ledger.refused + ledger.abandoned).toBe(ledger.asked);
    expect(flows).toEqual({ begun: 12, notBegun: 0, notEnded: 0 });
    expect(metrics.find((metric) => metric.name === "execute")?.p50).toBeGreaterThan(0);
  });
});
