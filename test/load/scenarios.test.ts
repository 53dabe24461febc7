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
    return runLoad({ scenario, gateway: { url, token }, plan: { workers: 1, ...plan } });
  };

  const isAsItShouldBe = async (name: string) => {
    const scenario = builtInScenarios.find((candidate) => candidate.name === name);
    const count = scenario?.once ? undefined : 8;
    const { errors, ledger, flows, metrics } = await little(name, { sockets: 4, count });
    expect(errors).toEqual([]);
    expect(lostOf(ledger)).toBe(0);
    expect(ledger.answered + ledger.abandoned).toBe(ledger.asked);
    expect(flows).toEqual({ begun: count ?? 4, notBegun: 0, notEnded: 0 });
    expect(metrics.find((metric) => metric.name === "execute")?.p50).toBeGreaterThan(0);
  };

  const names = builtInScenarios.map(({ name }) => name).filter((name) => name !== "hostile");

  // Most of them wait most of the time.
  test.concurrent.each(names)("%s: every request is answered as it should be", isAsItShouldBe, 60_000);

  test("an open loop begins flows on time, and counts their times from then, on several workers", async () => {
    const { flows, metrics, plan, timeline } = await little("one-tool", {
      sockets: 8,
      workers: 2,
      rate: 50,
      count: 50,
    });
    expect(flows.begun).toBe(50);
    expect(plan.rate).toBe(50);
    const [execute, service] = ["execute", "service"].map((name) => metrics.find((metric) => metric.name === name));
    expect(execute?.count).toBe(50);
    expect(execute?.mean).toBeGreaterThanOrEqual(service?.mean ?? Infinity);
    expect(timeline.length).toBeGreaterThanOrEqual(1);
  });

  // It costs processes, which the others would notice.
  test("hostile: every request is answered as it should be", () => isAsItShouldBe("hostile"), 60_000);
});
