import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { sharedChromium } from "../../support/chromium.ts";
import { sharedGateway } from "../../support/running-gateway.ts";
import { openDashboard } from "./dashboard-page.ts";
import { jwtSecret, scopedToken } from "./scoped-token.ts";

const browser = sharedChromium();
const gateway = sharedGateway({ jwtSecret });

/** Signs in by the form. */
async function signIn(page: Page, token: string): Promise<void> {
  await page.getByLabel("Token").fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
}

const stateOf = (page: Page) => page.getByRole("status", { name: "Connection" });

test("the printed link signs in, and its token is gone from the address and from the history", async () => {
  const page = await openDashboard(browser(), gateway());
  await page.getByRole("heading", { name: "Sessions", exact: true }).waitFor();
  await stateOf(page).getByText("Connected").waitFor();
  expect(new URL(page.url()).hash).toBe("#/sessions");
  await page.goBack({ waitUntil: "commit" });
  expect(page.url()).toBe("about:blank");
});

test("a token that is typed signs in; the tab keeps it, and forgets it when it is told to", async () => {
  const page = await openDashboard(browser(), gateway(), { token: "none" });
  await stateOf(page).getByText("Signed out").waitFor();
  await signIn(page, gateway().token);
  await stateOf(page).getByText("Connected").waitFor();
  expect(page.url()).not.toContain(gateway().token);
  await page.reload();
  await stateOf(page).getByText("Connected").waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in to this gateway" }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "Sign in to this gateway" }).waitFor();
});

test.each([
  ["a wrong token", "not-a-token-of-ours", "the token is missing or wrong"],
  ["an expired token", scopedToken("observe", 1e9), "the token has expired"],
])("%s is refused, with what to do", async (_, token, problem) => {
  const page = await openDashboard(browser(), gateway(), { token: "none" });
  await signIn(page, token);
  const alert = page.getByRole("alert");
  await alert.getByText(problem).waitFor();
  expect(await alert.textContent()).toContain("ask whoever runs the gateway");
  // The next one is not hindered by it.
  await signIn(page, gateway().token);
  await stateOf(page).getByText("Connected").waitFor();
});

test("a token that may not watch is told so in each view, and offered the playground", async () => {
  const page = await openDashboard(browser(), gateway(), { token: scopedToken("host") });
  await stateOf(page).getByText("Playground only").waitFor();
  const views = page.getByRole("navigation", { name: "Views" });
  await page.getByRole("heading", { name: "Your token may not watch sessions" }).waitFor();
  await views.getByRole("link", { name: "Metrics" }).click();
  await page.getByRole("heading", { name: "Your token may not see the metrics" }).waitFor();
  await page.getByText("needs a token with the scope observe").waitFor();
  await views.getByRole("link", { name: "Playground" }).click();
  await page.getByRole("button", { name: "Run" }).waitFor();
  await views.getByRole("link", { name: "Sessions" }).click();
  await page.getByRole("button", { name: "Sign in with another token" }).click();
  await page.getByRole("heading", { name: "Sign in to this gateway" }).waitFor();
});

test("a token that may not host is told so in the playground", async () => {
  const page = await openDashboard(browser(), gateway(), { token: scopedToken("observe") });
  await page.getByRole("link", { name: "Playground", exact: true }).click();
  await page.getByRole("heading", { name: "Your token may not run cells" }).waitFor();
  expect(await page.getByRole("button", { name: "Run" }).count()).toBe(0);
});
