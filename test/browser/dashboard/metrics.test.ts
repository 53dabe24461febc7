import { expect, test } from "vitest";
import { sharedChromium } from "../../support/chromium.ts";
import { sharedGateway } from "../../support/running-gateway.ts";
import { openDashboard } from "./dashboard-page.ts";
import { liveAgent } from "./live-agent.ts";

const browser = sharedChromium();
const gateway = sharedGateway();

test("metrics are plotted as they come, and told in words", async () => {
  const agent = await liveAgent(gateway());
  const page = await openDashboard(browser(), gateway(), { route: "#/metrics" });
  const plots = page.getByRole("region", { name: "Plots" });
  await plots.getByRole("heading", { name: "Cells a second, by how they ended" }).waitFor();
  const asking = agent.turn.run("await tools.ask_person({})");
  await plots.getByRole("img", { name: "Live cells over time: live 1, queued 0" }).waitFor();
  await agent.answer("done");
  await asking;
  await agent.turn.run("missing.name");
  await plots.getByRole("img", { name: /^Cells a second.*ok.*script_error/ }).waitFor();
  await plots.getByRole("img", { name: /^Tool calls over time: p50 .*s, p99 .*s$/ }).waitFor();
  await plots.getByRole("img", { name: /^Connections.*connections 2, sessions 1, observers 1/ }).waitFor();
  const [pid = 0] = gateway().executorPids();
  process.kill(pid, "SIGKILL");
  await plots.getByRole("img", { name: "Executors that ended so far, by why over time: lost 1" }).waitFor();
  expect(await plots.locator("canvas").count()).toBe(11);
  const executors = plots.getByRole("region", { name: "Executors", exact: true });
  for (const next of gateway().executorPids()) await executors.getByRole("cell", { name: String(next) }).waitFor();
  await page.getByRole("button", { name: "15 min" }).click();
  await page.getByRole("button", { name: "15 min", pressed: true }).waitFor();
});
