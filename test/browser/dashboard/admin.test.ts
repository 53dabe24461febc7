import { expect, test } from "vitest";
import { sharedChromium } from "../../support/chromium.ts";
import { sharedGateway } from "../../support/running-gateway.ts";
import { openDashboard } from "./dashboard-page.ts";
import { liveAgent } from "./live-agent.ts";
import { jwtSecret, scopedToken } from "./scoped-token.ts";

const browser = sharedChromium();
const gateway = sharedGateway({ jwtSecret });

test("with the scope admin a cell is terminated and a session ended, each after a question", async () => {
  const agent = await liveAgent(gateway());
  const page = await openDashboard(browser(), gateway(), { token: scopedToken("admin"), route: agent.route() });
  await page.getByRole("heading", { name: "No cells yet" }).waitFor();
  const running = agent.turn.run("for (;;);");
  const row = page.getByRole("row", { name: "for (;;);" });
  await row.click();
  const terminate = page.getByRole("button", { name: "Terminate…" });
  await terminate.click();
  const question = page.getByRole("dialog", { name: "Terminate this cell?" });
  await question.getByRole("button", { name: "Cancel" }).click();
  await question.waitFor({ state: "detached" });
  await terminate.click();
  await question.waitFor();
  await page.keyboard.press("Escape");
  await question.waitFor({ state: "detached" });
  await row.getByText("running").waitFor();
  await terminate.click();
  await question.getByRole("button", { name: "Terminate", exact: true }).click();
  await row.getByText("terminated").waitFor();
  expect((await running).type).toBe("terminated");
  await terminate.waitFor({ state: "detached" });

  await page.getByRole("button", { name: "End session…" }).click();
  const end = page.getByRole("dialog", { name: "End this session?" });
  await end.getByText("its stored values are lost").waitFor();
  await end.getByRole("button", { name: "End session" }).click();
  await page.getByRole("button", { name: "End session…", disabled: true }).waitFor();
  expect(await agent.turn.closed).toMatchObject({ code: 1000 });
  // Forgotten among the sessions, it is shown as it stood last, and not as it stood when the watch began.
  await page.getByRole("link", { name: "Sessions" }).first().click();
  await page.getByRole("heading", { name: "No sessions yet" }).waitFor();
  await page.goBack();
  await page.getByText("1, 0 live").waitFor();
});

test("with the scope observe neither is offered", async () => {
  const agent = await liveAgent(gateway());
  const page = await openDashboard(browser(), gateway(), { token: scopedToken("observe"), route: agent.route() });
  await page.getByRole("heading", { name: "No cells yet" }).waitFor();
  const asking = agent.turn.run("await tools.ask_person({})");
  await page.getByRole("row", { name: "ask_person" }).click();
  await page.getByRole("complementary", { name: "Cell" }).getByText("waiting for host").waitFor();
  expect(await page.getByRole("button", { name: /^(Terminate|End)/ }).count()).toBe(0);
  await agent.answer("done");
  await asking;
});
