import type { Locator, Page } from "playwright-core";
import { expect, test } from "vitest";
import { sharedChromium } from "../../support/chromium.ts";
import { sharedGateway } from "../../support/running-gateway.ts";
import { openDashboard } from "./dashboard-page.ts";

const browser = sharedChromium();
const gateway = sharedGateway();

const editorOf = (page: Page) => page.getByRole("textbox", { name: "Source of the cell" });
const runButton = (page: Page) => page.getByRole("button", { name: "Run" });
const call = (page: Page) => page.getByRole("article", { name: "Call of temperature" }).first();
const pressed = (place: Locator, name: string) => place.getByRole("button", { name, pressed: true });
/** The cell that was run last. */
const result = (page: Page) => page.getByRole("article", { name: /^Cell / }).first();

/** The playground with this source in the editor, once that is loaded. */
async function playground(source?: string): Promise<Page> {
  const page = await openDashboard(browser(), gateway(), { route: "#/playground" });
  await page.locator(".cm-editor").waitFor();
  if (source !== undefined) await write(page, source);
  return page;
}

/** Replaces what stands in the editor, as a paste does. */
async function write(page: Page, source: string): Promise<void> {
  await editorOf(page).press("Control+A");
  await page.keyboard.press("Delete");
  await page.keyboard.insertText(source);
}

async function run(page: Page, source: string): Promise<void> {
  await write(page, source);
  await runButton(page).click();
}

async function expectOutcome(page: Page, phase: string, ...texts: readonly string[]): Promise<void> {
  await result(page).getByRole("status").getByText(phase, { exact: true }).waitFor();
  for (const text of texts) await result(page).getByText(text).first().waitFor();
}

test("the example's calls are answered by hand, each with its form", async () => {
  const page = await playground();
  await runButton(page).click();
  for (const [city, degrees] of [
    ["Oslo", "4"],
    ["Rome", "warm"],
    ["Lima", "22"],
  ] as const) {
    const open = page.getByRole("article", { name: "Call of temperature" }).filter({ hasText: city });
    await open.getByLabel("value").fill(degrees);
    await open.getByRole("button", { name: "Resolve" }).click();
    if (degrees !== "warm") continue;
    await open.getByRole("alert").getByText("expected a number").waitFor();
    await open.getByLabel("value").fill("19");
    await open.getByRole("button", { name: "Resolve" }).click();
  }
  await expectOutcome(page, "finished", "Oslo: 4, Rome: 19, Lima: 22", "wall time");
  // The session of the playground is one like any other.
  await page.getByTitle("Watch this session").click();
  await page.getByRole("heading", { name: "Sessions /" }).waitFor();
});

test("a call is rejected by hand, and the line of the error is marked in the editor", async () => {
  const page = await playground('const city = "Oslo";\ntext(await tools.temperature({ city }));');
  await runButton(page).click();
  await call(page).getByRole("button", { name: "an error" }).click();
  await call(page).getByLabel("message").fill("the thermometer is broken");
  await call(page).getByLabel("code").fill("broken");
  await call(page).getByRole("button", { name: "Reject" }).click();
  await expectOutcome(page, "failed", "script_error at 2:", "the thermometer is broken");
  expect(await page.locator(".cm-error-line").innerText()).toBe("text(await tools.temperature({ city }));");
});

test("an answer that is kept answers the calls that follow, until it is taken back", async () => {
  const page = await playground("text(await tools.temperature({}) + await tools.temperature({}))");
  await runButton(page).click();
  await call(page).getByLabel("value").fill("21");
  await call(page).getByRole("checkbox", { name: "answer every call of it like this" }).check();
  await call(page).getByRole("button", { name: "Resolve" }).click();
  await expectOutcome(page, "finished", "42");
  await page.getByRole("button", { name: "are answered without asking you: ask again" }).click();
  await runButton(page).click();
  await call(page).waitFor();
});

test("a cell yields, is waited for, notifies, and is terminated", async () => {
  const page = await playground();
  await page.getByLabel("yield after").selectOption("at once");
  await run(page, 'notify("working"); text(await tools.temperature({})); text("end")');
  await expectOutcome(page, "yielded");
  await page.getByLabel("yield after").selectOption("never");
  await result(page).getByRole("button", { name: "Wait" }).click();
  await expectOutcome(page, "running");
  await result(page).getByRole("list", { name: "Notifications" }).getByText("working").waitFor();
  await result(page).getByRole("button", { name: "Yield now" }).click();
  await expectOutcome(page, "yielded");
  await result(page).getByRole("button", { name: "Wait" }).click();
  await call(page).getByLabel("value").fill("7");
  await call(page).getByRole("button", { name: "Resolve" }).click();
  await expectOutcome(page, "finished", "7", "end");

  await run(page, 'text("looping"); for (;;);');
  await result(page).getByText("looping").waitFor();
  await result(page).getByRole("button", { name: "Terminate" }).click();
  await expectOutcome(page, "terminated", "looping");
});

test("a cell that yielded ends with its session, and opens no other", async () => {
  const page = await playground();
  let sockets = 0;
  page.on("websocket", () => (sockets += 1));
  await page.getByLabel("yield after").selectOption("at once");
  await run(page, "await tools.temperature({})");
  await expectOutcome(page, "yielded");
  // As quick as a double click, which a person's hand makes of one.
  await page.getByRole("button", { name: "End session" }).evaluate((button) => {
    (button as unknown as { click(): void }).click();
    (button as unknown as { click(): void }).click();
  });
  await expectOutcome(page, "refused", "its session has ended");
  await page.getByText("A session is opened by the first run").waitFor();
  expect(
    await result(page)
      .getByRole("button", { name: /Wait|Terminate/ })
      .count(),
  ).toBe(0);
  expect(sockets).toBe(1);
});

test("a run after another sign-in is one of another session, though the connection of the last is not closed yet", async () => {
  const page = await playground();
  // Says nothing of the farewell to either end, so that the page waits for it.
  await page.routeWebSocket(/v1\/turn$/, (socket) => {
    socket.connectToServer();
    socket.onClose(() => {});
  });
  await run(page, "text(1)");
  await expectOutcome(page, "finished", "1");
  const before = await page.getByTitle("Watch this session").getAttribute("href");
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("Token").fill(gateway().token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.locator(".cm-editor").waitFor();
  expect(await page.getByTitle("Watch this session").count()).toBe(0);
  expect(await result(page).count()).toBe(0);
  await run(page, "text(2)");
  await expectOutcome(page, "finished", "2");
  expect(await page.getByTitle("Watch this session").getAttribute("href")).not.toBe(before);
});

test("tools are declared by hand, or pasted, and completed in the editor", async () => {
  const page = await playground("");
  const tools = page.getByRole("region", { name: "Tools" });
  await tools.getByRole("button", { name: "Add a tool" }).click();
  const form = tools.getByRole("form", { name: "Add a tool" });
  await form.getByLabel("name").fill("lookup");
  await form.getByLabel("output schema").fill('{ "type": "object", "properties": { "found": { "type": "boolean" }');
  await form.getByRole("button", { name: "Add" }).click();
  await form.getByRole("alert").getByText("output schema").waitFor();
  const schema = '{ "type": "object", "properties": { "found": { "type": "boolean" } } }';
  await form.getByLabel("output schema").fill(schema);
  await form.getByRole("button", { name: "Add" }).click();
  await tools.getByRole("button", { name: "Edit lookup" }).waitFor();

  await tools.getByRole("button", { name: "Paste JSON" }).click();
  await tools
    .getByLabel("tools as JSON")
    .fill(JSON.stringify([{ name: "load-file", inputSchema: { type: "object" } }]));
  await tools.getByRole("button", { name: "Add them" }).click();
  await tools.getByText("load_file").waitFor();
  await tools.getByRole("button", { name: "Remove temperature" }).click();

  await editorOf(page).focus();
  await page.keyboard.type("text((await tools.lo");
  await page.getByRole("option", { name: "load_file" }).waitFor();
  await page.keyboard.type("ok");
  const option = page.getByRole("option", { name: "lookup" });
  await option.waitFor();
  await expect.poll(() => option.getAttribute("aria-selected")).toBe("true");
  await page.keyboard.press("Enter");
  await page.keyboard.type("()).found)");
  await page.keyboard.press("Control+Enter");
  const open = page.getByRole("article", { name: "Call of lookup" });
  await open.getByLabel("found").selectOption("true");
  await open.getByRole("button", { name: "Resolve" }).click();
  await expectOutcome(page, "finished", "true");
});

test("keys alone do it all: to the playground, a run, an answer, a rejection, a termination", async () => {
  const page = await openDashboard(browser(), gateway());
  /** Goes to it as one who sees no pointer does. */
  const tabTo = async (place: Locator, key: "Tab" | "Shift+Tab" = "Tab") => {
    for (let presses = 0; presses < 40; presses++) {
      if ((await place.and(page.locator(":focus")).count()) === 1) return;
      await page.keyboard.press(key);
    }
    throw new Error(`expected ${key} to lead to ${String(place)}`);
  };
  await page.getByRole("heading", { name: "Sessions", exact: true }).waitFor();
  await tabTo(page.getByRole("link", { name: "Playground", exact: true }), "Shift+Tab");
  await page.keyboard.press("Enter");
  await page.locator(".cm-editor").waitFor();
  await tabTo(editorOf(page));
  await page.keyboard.press("Control+A");
  await page.keyboard.type('text(await tools.temperature({ city: "Oslo" }))');
  await page.keyboard.press("Control+Enter");
  await call(page).waitFor();
  await tabTo(call(page).getByLabel("value"));
  await page.keyboard.type("4");
  await page.keyboard.press("Enter");
  await expectOutcome(page, "finished", "4");

  await tabTo(runButton(page), "Shift+Tab");
  await page.keyboard.press("Space");
  await call(page).waitFor();
  await tabTo(call(page).getByRole("button", { name: "an error" }));
  await page.keyboard.press("Space");
  await pressed(call(page), "an error").waitFor();
  await tabTo(call(page).getByLabel("message"));
  await page.keyboard.type("nobody knows");
  await tabTo(call(page).getByRole("button", { name: "Reject" }));
  await page.keyboard.press("Enter");
  await expectOutcome(page, "failed", "nobody knows");

  await tabTo(editorOf(page), "Shift+Tab");
  await page.keyboard.press("Control+A");
  await page.keyboard.type("for (;;);");
  await page.keyboard.press("Control+Enter");
  await expectOutcome(page, "running");
  await tabTo(result(page).getByRole("button", { name: "Terminate" }));
  await page.keyboard.press("Enter");
  await expectOutcome(page, "terminated");
});
