import { expect, test } from "vitest";
import { sharedChromium } from "../../support/chromium.ts";
import { runningGateway } from "../../support/running-gateway.ts";
import { openDashboard } from "./dashboard-page.ts";
import { frameTimesText, scrollTimes } from "./frame-times.ts";
import { liveAgent } from "./live-agent.ts";

const browser = sharedChromium();

/** On a machine that has little else to do no frame takes longer than a fifth of this. */
const LONGEST_FRAME_MS = 500;

/** Does something so many times, some of them at once. */
async function times(count: number, atOnce: number, act: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await act(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

test("10,000 cells of a session scroll smoothly while others run", { timeout: 60_000 }, async () => {
  const gateway = await runningGateway({ executors: 2 });
  const agent = await liveAgent(gateway);
  const page = await openDashboard(browser(), gateway, { route: agent.route() });
  await page.getByRole("heading", { name: "No cells yet" }).waitFor();
  await times(10_000, 64, (index) => agent.turn.run(`text(${index})`));
  const asking = agent.turn.run("text(await tools.ask_person({}))");
  const list = page.getByRole("treegrid", { name: "Cells over time" });
  await list.getByRole("row", { name: "tools.ask_person" }).getByText("waiting for host").waitFor();
  await expect.poll(() => list.getAttribute("aria-rowcount")).toBe("10002"); // the head is one
  const measured = await scrollTimes(page, "Cells over time", 200);
  console.log(`10,000 cells: ${frameTimesText(measured)}`);
  expect(measured.longest).toBeLessThan(LONGEST_FRAME_MS);
  await list.press("Home");
  await list.getByRole("row", { name: "text(0)" }).waitFor();
  await page.getByRole("complementary", { name: "Cell" }).getByText("finished").waitFor();
  await list.press("End");
  await list.getByRole("row", { name: "tools.ask_person" }).waitFor();
  expect(await list.getByRole("row").count()).toBeLessThan(100);
  await agent.answer("yes");
  await asking;
});

test("2,000 sessions scroll smoothly, and are filtered", { timeout: 60_000 }, async () => {
  const limits = { sessions: 5_000, sessionsPerPrincipal: 5_000 };
  const gateway = await runningGateway({ limits });
  const page = await openDashboard(browser(), gateway);
  await times(2_000, 50, async (index) => {
    const turn = await gateway.open();
    await turn.hello({ client: { name: `agent-${index}`, version: "1" } });
    turn.socket.close(1_000);
    await turn.closed;
  });
  const list = page.getByRole("grid", { name: "Sessions" });
  await expect.poll(() => list.getAttribute("aria-rowcount"), { timeout: 10_000 }).toBe("2001"); // the head is one
  const measured = await scrollTimes(page, "Sessions", 200);
  console.log(`2,000 sessions: ${frameTimesText(measured)}`);
  expect(measured.longest).toBeLessThan(LONGEST_FRAME_MS);
  expect(await list.getByRole("row").count()).toBeLessThan(100);
  await page.getByRole("searchbox", { name: "Filter sessions" }).fill("agent-1999");
  await list.getByRole("row", { name: "agent-1999" }).waitFor();
  await page.getByText("1 of 2,000").waitFor();
});
