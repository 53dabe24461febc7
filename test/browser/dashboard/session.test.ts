import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { sharedChromium } from "../../support/chromium.ts";
import { sharedGateway } from "../../support/running-gateway.ts";
import { openDashboard } from "./dashboard-page.ts";
import { liveAgent } from "./live-agent.ts";

const browser = sharedChromium();
const gateway = sharedGateway();

const pixel = "data:image/gif;base64,R0lGODlhAQABAIAAAP///wAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==";

/** The page of an agent's session, or of a part of that, before any of its cells runs. */
async function watched(part = "") {
  const agent = await liveAgent(gateway());
  const page = await openDashboard(browser(), gateway(), { route: agent.route(part) });
  await page.getByRole("navigation", { name: "Parts of the session" }).waitFor();
  return { agent, page };
}

const part = (page: Page, name: string) => page.getByRole("navigation", { name: "Parts" }).getByRole("link", { name });

describe("the timeline", () => {
  test("shows each cell from its start to its end, and its calls beneath", async () => {
    const { agent, page } = await watched();
    await page.getByRole("heading", { name: "No cells yet" }).waitFor();
    const asking = agent.turn.run('const city = "Oslo";\ntext(await tools.ask_person({ question: city }))');
    const timeline = page.getByRole("treegrid", { name: "Cells over time" });
    const row = timeline.getByRole("row", { name: 'const city = "Oslo"' });
    await row.getByText("waiting for host").waitFor();
    await row.getByRole("button", { name: "Calls of cell" }).click();
    const call = timeline.getByRole("row", { name: "ask_person" });
    await call.getByText("open").waitFor();
    await agent.answer("cold");
    await asking;
    await row.getByText("finished").waitFor();
    await call.getByText("answered").waitFor();

    await agent.turn.run("missing.name").catch(() => {});
    await timeline.getByRole("row", { name: "missing.name" }).getByText("failed").waitFor();
    const outcome = await agent.turn.execute("for (;;);", { yieldMs: 10 });
    await timeline.getByRole("row", { name: "for (;;);" }).getByText("yielded").waitFor();
    await agent.turn.terminate(outcome.cellId);
    await timeline.getByRole("row", { name: "for (;;);" }).getByText("terminated").waitFor();

    await page.getByRole("combobox", { name: "State" }).selectOption("failed");
    await row.waitFor({ state: "detached" });
    await page.getByText("1 of 3").waitFor();
    await page.getByRole("combobox", { name: "State" }).selectOption("");
    await page.getByRole("searchbox", { name: "Filter cells" }).fill("Oslo");
    await page.getByText("1 of 3").waitFor();
    await row.waitFor();
  });

  test("keeps the selected cell in view while others come", async () => {
    const { agent, page } = await watched();
    await agent.turn.run("text('selected')");
    const row = page.getByRole("row", { name: "text('selected')" });
    await row.click();
    for (let count = 0; count < 50; count++) await agent.turn.run(`text(${count})`);
    await page.getByRole("link", { name: "Timeline 51" }).waitFor();
    expect(await row.getAttribute("aria-selected")).toBe("true");
    await page.getByRole("treegrid").press("Escape");
    await page.getByRole("row", { name: "text(49)" }).waitFor();
  });

  test("follows the time until it is told to show all, or zoomed by keys", async () => {
    const { agent, page } = await watched();
    await agent.turn.run("text(1)");
    const buttons = page.getByRole("group", { name: "Time" });
    const pressed = (name: string) => buttons.getByRole("button", { name, pressed: true });
    await pressed("Follow").waitFor();
    const timeline = page.getByRole("treegrid", { name: "Cells over time" });
    await timeline.press("0");
    await pressed("All").waitFor();
    await timeline.press("+");
    expect(await buttons.getByRole("button", { pressed: true }).count()).toBe(0);
    await timeline.press("f");
    await pressed("Follow").waitFor();
  });
});

describe("a cell's details", () => {
  test("are its source, its content with images, its stored values before and after, and what it used", async () => {
    const { agent, page } = await watched();
    await agent.turn.run('store("degrees", 1)');
    await agent.turn.run(`
      const degrees = await tools.temperature({ city: "Rome" });
      store("degrees", degrees);
      text("Rome: " + degrees);
      image(${JSON.stringify(pixel)});
      image("https://elsewhere.test/spy.png");`);
    await page.getByRole("row", { name: "tools.temperature" }).click();
    const pane = page.getByRole("complementary", { name: "Cell" });
    await pane.getByRole("region", { name: "Source" }).getByText('store("degrees", degrees);').waitFor();
    const content = pane.getByRole("region", { name: "Content" });
    await content.getByText("Rome: 19").waitFor();
    const image = content.getByRole("img", { name: "Image that the cell put out" });
    await expect
      .poll(() => image.evaluate((shown: unknown) => (shown as { naturalWidth: number }).naturalWidth))
      .toBe(1);
    await content.getByText("An image at an address elsewhere, which is not loaded").waitFor();
    const changes = pane.getByRole("region", { name: "Stored values, before and after" });
    expect(await changes.innerText()).toMatch(/degrees\s+1\s+19/);
    const summary = await pane.getByRole("region", { name: "Summary" }).innerText();
    for (const fact of ["ok", "wall time", "CPU time", "temperature, ask_person"]) expect(summary).toContain(fact);
    expect(new URL(page.url()).hash).toContain("?cell=");
    await page.getByRole("treegrid").press("Escape");
    await pane.waitFor({ state: "detached" });
  });

  test("are its error with the line that is marked, and the call that is selected", async () => {
    const { agent, page } = await watched();
    await agent.turn.run(
      'const city = "Atlantis";\nconst degrees = await tools.temperature({ city });\ntext(degrees);',
    );
    const row = page.getByRole("row", { name: "Atlantis" });
    await row.getByRole("button", { name: "Calls of cell" }).click();
    await page.getByRole("row", { name: "temperature" }).last().click();
    const pane = page.getByRole("complementary", { name: "Cell" });
    const failure = pane.getByRole("region", { name: "Error" });
    await failure.getByText("script_error at 2:").waitFor();
    expect(await failure.innerText()).toContain("no weather in Atlantis");
    const marked = pane.getByRole("region", { name: "Source" }).locator(".cm-error-line");
    expect(await marked.innerText()).toBe("const degrees = await tools.temperature({ city });");
    const call = await pane.getByRole("region", { name: "Call of temperature failed" }).innerText();
    for (const fact of ["not_found", '"city": "Atlantis"', "no weather in Atlantis"]) expect(call).toContain(fact);
  });
});

test("the log has events and notifications, can be searched, and stands still while it is paused", async () => {
  const { agent, page } = await watched("/log");
  const log = page.getByRole("grid", { name: "Log" });
  await agent.turn.run('notify("half of it"); store("a", 1);');
  await log.getByRole("row", { name: "half of it" }).waitFor();
  await page.getByRole("button", { name: "Pause" }).click();
  await agent.turn.run('notify("all of it")');
  await page.getByRole("button", { name: /Go on \(\d+ newer\)/ }).waitFor();
  expect(await log.getByRole("row", { name: "all of it" }).count()).toBe(0);
  await page.getByRole("button", { name: "Go on" }).click();
  await log.getByRole("row", { name: "all of it" }).waitFor();
  await page.getByRole("searchbox", { name: "Search the log" }).fill("half");
  await log.getByRole("row", { name: "all of it" }).waitFor({ state: "detached" });
  expect(await log.getByRole("row").count()).toBe(2); // the head is one
});

test("stored values are shown as they are now, with the cell that stored them", async () => {
  const { agent, page } = await watched("/values");
  await page.getByRole("heading", { name: "Nothing is stored" }).waitFor();
  await agent.turn.run('store("weather", { Oslo: 4 }); store("city", "Oslo")');
  const values = page.getByRole("region", { name: "Stored values", exact: true });
  await values.getByText("weather").click();
  await values.getByText('"Oslo": 4').waitFor();
  await agent.turn.run('store("weather", { Oslo: 5 })');
  await values.getByText('"Oslo": 5').waitFor();
  await values.getByRole("button").click();
  await page.getByRole("complementary", { name: "Cell" }).getByText("store(").waitFor();
  await page.getByRole("searchbox", { name: "Search stored values" }).fill("city");
  await values.getByText("weather").waitFor({ state: "detached" });
});

test("frames are shown in both directions, decoded and as bytes, and can be filtered and copied", async () => {
  const { agent, page } = await watched("/frames");
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("heading", { name: "No frames yet" }).waitFor();
  await agent.turn.run('text(await tools.temperature({ city: "Oslo" }))');
  const frames = page.getByRole("grid", { name: "Frames" });
  await frames.getByRole("row", { name: "cell_closed" }).waitFor();
  await frames.getByRole("row", { name: "in execute" }).waitFor();
  await page.getByRole("combobox", { name: "Tag" }).selectOption("tool_call");
  await frames.getByRole("row", { name: "in execute" }).waitFor({ state: "detached" });
  await frames.getByRole("row", { name: "out tool_call" }).click();
  const pane = page.getByRole("complementary", { name: "Frame" });
  await pane.getByRole("region", { name: "Decoded" }).getByText('"name": "temperature"').waitFor();
  expect(await pane.getByRole("region", { name: "Bytes" }).innerText()).toMatch(/^000000 .*tool_call$/m);
  await pane.getByRole("button", { name: "Copy as JSON" }).click();
  const copied = () => page.evaluate<string>("navigator.clipboard.readText()");
  await expect.poll(copied).toContain('"type": "tool_call"');
  expect(JSON.parse(await copied())).toMatchObject({ name: "temperature", input: { city: "Oslo" } });
  await part(page, "Timeline").click();
  await page.getByRole("treegrid").waitFor();
});

test("a session that is gone, or never was, is said to be", async () => {
  const page = await openDashboard(browser(), gateway(), { route: "#/sessions/not-a-session" });
  await page.getByRole("heading", { name: "This session cannot be watched" }).waitFor();
  await page.getByRole("link", { name: "see those that live" }).waitFor();
});
