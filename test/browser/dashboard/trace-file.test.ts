import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { parseTrace } from "../../../client/trace.ts";
import { sharedChromium } from "../../support/chromium.ts";
import { sharedGateway } from "../../support/running-gateway.ts";
import { openDashboard } from "./dashboard-page.ts";
import { liveAgent } from "./live-agent.ts";

const browser = sharedChromium();
const gateway = sharedGateway();

/** The text of the file that the page exports. */
async function exported(page: Page): Promise<string> {
  const started = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export trace" }).click();
  const download = await started;
  expect(download.suggestedFilename()).toMatch(/\.jsonl$/);
  return (await (await download.createReadStream()).setEncoding("utf8").toArray()).join("");
}

const frameRows = (page: Page) => page.getByRole("grid", { name: "Frames" }).getByRole("row");

test("a trace that is exported opens without a gateway, shows the same, and is exported the same", async () => {
  const agent = await liveAgent(gateway());
  const page = await openDashboard(browser(), gateway(), { route: agent.route("/frames") });
  await page.getByRole("heading", { name: "No frames yet" }).waitFor();
  await agent.turn.run('const city = "Oslo";\ntext("Oslo: " + (await tools.temperature({ city })))');
  await agent.turn.run('notify("now");\nmissing.name;');
  await expect.poll(() => page.getByRole("row", { name: "cell_closed" }).count()).toBe(2);
  await page.getByRole("button", { name: "Pause" }).click();
  const rows = await frameRows(page).allInnerTexts();
  const text = await exported(page);
  const trace = parseTrace(text);
  expect(trace.header.sessionId).toBe(agent.turn.session.id);
  expect(trace.lines).toHaveLength(rows.length - 1); // the head is one

  const offline = await openDashboard(browser(), gateway(), { token: "none", isCut: true });
  let sockets = 0;
  offline.on("websocket", () => (sockets += 1));
  await offline.getByRole("link", { name: "open a trace file" }).click();
  await offline.getByRole("heading", { name: "No trace is open" }).waitFor();
  await offline.context().setOffline(true);
  const file = offline.getByLabel("Trace file");
  await file.setInputFiles({ name: "broken.jsonl", mimeType: "", buffer: Buffer.from("{}\n") });
  await offline.getByRole("alert").getByText("broken.jsonl is no trace: line 1").waitFor();
  await file.setInputFiles({ name: "agent.jsonl", mimeType: "", buffer: Buffer.from(text) });
  const cell = offline.getByRole("row", { name: 'const city = "Oslo"' });
  await cell.getByText("finished").waitFor();
  await offline.getByRole("row", { name: 'notify("now")' }).getByText("failed").waitFor();
  await cell.click();
  const pane = offline.getByRole("complementary", { name: "Cell" });
  await pane.getByText("Oslo: 4").waitFor();
  // The highlighting cannot be loaded any more; the source is shown all the same.
  await pane.getByRole("region", { name: "Source" }).getByText("tools.temperature").waitFor();
  await pane.getByRole("button", { name: "Close the details" }).click();
  await offline.getByRole("link", { name: "Frames" }).click();
  expect(await frameRows(offline).allInnerTexts()).toEqual(rows);
  expect(await exported(offline)).toBe(text);

  // A file of two sessions shows one at a time.
  const [, ...lines] = text.trimEnd().split("\n");
  const onTwoSockets = lines.flatMap((line) => [line, JSON.stringify({ ...JSON.parse(line), socket: 2 })]);
  const two = ['{"type":"cellgate.trace","version":1}', ...onTwoSockets, ""].join("\n");
  await file.setInputFiles({ name: "two.jsonl", mimeType: "", buffer: Buffer.from(two) });
  await offline.getByLabel("Session", { exact: true }).selectOption({ index: 1 });
  expect(await frameRows(offline).allInnerTexts()).toEqual(rows);
  expect(sockets).toBe(0);
});
