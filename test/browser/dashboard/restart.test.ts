import { expect, test } from "vitest";
import { connect } from "../../../client/index.ts";
import { sharedChromium } from "../../support/chromium.ts";
import { runningGateway } from "../../support/running-gateway.ts";
import { openDashboard } from "./dashboard-page.ts";

const browser = sharedChromium();

test("a gateway that restarts under the open page: it says so, and shows what is there when it is back", async () => {
  const gateway = await runningGateway();
  const { token } = gateway;
  const connected = (url: string, name: string) => connect(url, { token, client: { name, version: "1" } });
  const turn = await connected(gateway.url, "before");
  const route = `#/sessions/${turn.session.id}`;
  const page = await openDashboard(browser(), gateway, { route, isCut: true });
  await page.getByRole("heading", { name: "No cells yet" }).waitFor();
  await turn.run('store("k", 1)');
  await page.getByRole("row", { name: "store(" }).waitFor();
  const state = page.getByRole("status", { name: "Connection" });
  await state.getByText("Connected").waitFor();

  await gateway.close();
  await state.getByText("Connection lost").waitFor();
  const notice = page.getByRole("alert");
  await notice.getByText("What you see may be out of date. Connecting again").waitFor();
  // What was seen can be read on.
  await page.getByRole("row", { name: "store(" }).waitFor();

  // What cannot be done now is said, and is not done later.
  await page.getByRole("button", { name: "End session…" }).click();
  const question = page.getByRole("dialog", { name: "End this session?" });
  await question.getByRole("button", { name: "End session" }).click();
  await question.getByRole("alert").getByText("there is no connection to the gateway now").waitFor();
  await question.getByRole("button", { name: "Cancel" }).click();
  await question.waitFor({ state: "detached" });

  const again = await runningGateway({ port: Number(new URL(gateway.url).port), token });
  await state.getByText("Connected").waitFor();
  await notice.waitFor({ state: "detached" });
  await page.getByText("ended", { exact: true }).waitFor();
  await page.getByRole("link", { name: "Sessions" }).first().click();
  await page.getByRole("heading", { name: "No sessions yet" }).waitFor();
  await using other = await connected(again.url, "after");
  await page.getByRole("row", { name: "after 1" }).waitFor();
  expect(other.state).toBe("open");
  await turn.close();
});

test("a page that opens while the gateway is away is let in when it is back", async () => {
  const gateway = await runningGateway();
  const page = await openDashboard(browser(), gateway, { token: "none", isCut: true });
  await gateway.close();
  await page.getByLabel("Token").fill(gateway.token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").getByText("The gateway does not answer. Is it running?").waitFor();
  await page.getByRole("status", { name: "Connection" }).getByText("No answer").waitFor();
  await runningGateway({ port: Number(new URL(gateway.url).port), token: gateway.token });
  await page.getByRole("heading", { name: "No sessions yet" }).waitFor();
});
