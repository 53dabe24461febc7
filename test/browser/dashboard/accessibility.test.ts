import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { sharedChromium } from "../../support/chromium.ts";
import { runningGateway } from "../../support/running-gateway.ts";
import { openDashboard } from "./dashboard-page.ts";
import { scenes } from "./scenes.ts";
import { jwtSecret, scopedToken } from "./scoped-token.ts";
import { Showcase } from "./showcase.ts";

const browser = sharedChromium();
const axe = await readFile(new URL("../../../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

/** What is seriously wrong with what the page shows, by these rules or by all: a line for each element. */
async function faultsOf(page: Page, runOnly?: readonly string[]): Promise<string[]> {
  const options = JSON.stringify({ resultTypes: ["violations"], runOnly });
  return page.evaluate<string[]>(`axe.run(document, ${options}).then(({ violations }) =>
    violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, nodes }) => nodes.map(({ html, any }) => [id, html, any[0]?.message].join(": "))))`);
}

test("axe finds what is pale", async () => {
  const page = await openDashboard(browser(), await runningGateway(), { token: "none" });
  await page.evaluate(axe);
  await page.evaluate('document.querySelector("h1").style.color = "#ddd"');
  expect(await faultsOf(page)).toEqual([expect.stringContaining("color-contrast")]);
});

test("axe finds nothing serious in any view, light or dark", { timeout: 60_000 }, async () => {
  const gateway = await runningGateway({ jwtSecret });
  const showcase = await Showcase.open(gateway, 0.02);
  const route = `#/sessions/${showcase.sessionId}`;
  const page = await openDashboard(browser(), gateway, { route, isCut: true });
  await page.getByRole("heading", { name: "No cells yet" }).waitFor();
  await page.evaluate(axe);
  await showcase.play();
  const close = () => gateway.close();
  for (const { name, show } of scenes) {
    await show({ page, showcase, hostToken: scopedToken("host"), close });
    await page.emulateMedia({ colorScheme: "light" });
    expect.soft(await faultsOf(page), `${name}, light`).toEqual([]);
    await page.emulateMedia({ colorScheme: "dark" });
    expect.soft(await faultsOf(page, ["color-contrast"]), `${name}, dark`).toEqual([]);
  }
  await showcase.close();
});
