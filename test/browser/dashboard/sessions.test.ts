import { expect, test } from "vitest";
import { sharedChromium } from "../../support/chromium.ts";
import { runningGateway } from "../../support/running-gateway.ts";
import { openDashboard } from "./dashboard-page.ts";
import { liveAgent } from "./live-agent.ts";

const browser = sharedChromium();

test("without sessions the list says how to get some", async () => {
  const page = await openDashboard(browser(), await runningGateway());
  await page.getByRole("heading", { name: "No sessions yet" }).waitFor();
  await page.getByText("npm run demo -- --keep").waitFor();
});

test("the list follows sessions from when they open until they end", async () => {
  const gateway = await runningGateway();
  const page = await openDashboard(browser(), gateway);
  await page.getByRole("heading", { name: "No sessions yet" }).waitFor();
  const agent = await liveAgent(gateway);
  const list = page.getByRole("grid", { name: "Sessions" });
  const row = list.getByRole("row", { name: "forecaster 1.0.0" });
  await row.waitFor();
  const columns = await list.getByRole("columnheader").allInnerTexts();
  const has = (column: string, text: string) => {
    const index = columns.findIndex((name) => name.startsWith(column));
    return row.getByRole("gridcell").nth(index).filter({ hasText: text }).waitFor();
  };
  await has("State", "connected");
  await has("Principal", "default");
  await has("Live cells", "0");

  const asking = agent.turn.run('text(await tools.ask_person({ question: "Well?" }))');
  await has("Live cells", "1");
  await has("Parked calls", "1");
  await agent.answer("yes");
  await asking;
  await has("Live cells", "0");
  await has("Cells", "1");

  await agent.turn.execute('text("unread")', { yieldMs: 0 });
  await has("Unread", "1 · ");
  await agent.turn.close();
  await has("Last close", "1000");
  await has("State", "suspended");

  const other = await liveAgent(gateway, "librarian");
  await list.getByRole("row", { name: "librarian" }).waitFor();
  await page.getByRole("searchbox", { name: "Filter sessions" }).fill("librarian");
  await row.waitFor({ state: "detached" });
  expect(new URL(page.url()).hash).toBe("#/sessions?filter=librarian");
  await other.turn.endSession();
  await page.getByRole("heading", { name: "No session is like this" }).waitFor();
  await page.getByRole("button", { name: "Show all" }).click();
  await page.getByRole("group", { name: "State" }).getByRole("button", { name: "connected" }).click();
  await page.getByRole("heading", { name: "No session is like this" }).waitFor();
  await page.getByRole("button", { name: "Show all" }).click();
  await row.click();
  await page.getByRole("heading", { name: agent.turn.session.id }).waitFor();
});
