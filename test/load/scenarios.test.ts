import { describe, expect, test } from "vitest";
import { lostOf } from "../../client/load/ledger.ts";
import { runLoad } from "../../client/load/load.ts";
import type { PlanOptions } from "../../client/load/load-plan.ts";
import type { LoadResult } from "../../client/load/result.ts";
import { builtInScenarios } from "../../client/load/scenarios/scenarios.ts";
import { sharedGateway } from "../support/running-gateway.ts";

describe("a little of the scenario", () => {
  const gateway = sharedGateway({ executors: 2 });

  const little = (scenario: string, plan: PlanOptions): Promise<LoadResult> => {
    const { url, token } = gateway();
    return runLoad({ scenario, gateway: { url, token }, plan: { workers: 2, ...plan } });
  };

  test.each(builtInScenarios.map(({ name, once, flows }) => [name, once ? undefined : Math.max(8, 3 * flows.length)]))(
    "%s: every request is answered as it should be",
    async (name, count) => {
      const { errors, ledger, flows, metrics } = await little(name as string, { sockets: 4, count: count as number });
      expect(errors).toEqual([]);
      expect(lostOf(ledger)).toBe(0);
      expect(ledger.answered + ledger.abandoned).toBe(ledger.asked);
      expect(flows).toEqual({ begun: count ?? 4, notBegun: 0, notEnded: 0 });
      expect(metrics.find((metric) => metric.name === "execute")?.p50).toBeGreaterThan(0);
    },
    60_000,
  );

  test("an open loop begins flows on time, and counts their times from then", async () => {
    const { flows, metrics, plan, timeline } = await little("one-tool", { sockets: 8, rate: 50, count: 50 });
    expect(flows.begun).toBe(50);
    expect(plan.rate).toBe(50);
    const [execute, service] = ["execute", "service"].map((name) => metrics.find((metric) => metric.name === name));
    expect(execute?.count).toBe(50);
    expect(execute?.mean).toBeGreaterThanOrEqual(service?.mean ?? Infinity);
    expect(timeline.length).toBeGreaterThanOrEqual(1);
  });
});
