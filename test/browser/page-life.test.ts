import { describe, expect, test } from "vitest";
import { sharedChromium } from "../support/chromium.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { sharedGateway } from "../support/running-gateway.ts";
import { agentPage } from "./agent-page.ts";

const browser = sharedChromium();
const gateway = sharedGateway();

/** Longer than a test: what happens before was not waited for. */
const never = { baseMs: 100_000_000, capMs: 100_000_000 };

/** An agent that waits for a tool of its own, by way of a proxy. */
async function waitingAgent() {
  const proxy = await FaultProxy.start(gateway().url);
  const { page, agent, origin } = await agentPage(browser());
  await agent.connect(proxy.url, gateway().token, { reconnect: never });
  await agent.start("text(await tools.hold())");
  await agent.called();
  /** The agent's turn goes on as if nothing had happened. */
  const expectUndisturbed = async () => {
    await agent.until("resumed");
    await agent.release("done");
    expect(await agent.outcome()).toEqual({ type: "result", text: "done" });
    expect(await agent.calls()).toBe(1);
    expect((await agent.told()).faults).toEqual([]);
  };
  return { proxy, page, agent, origin, expectUndisturbed };
}

/** Has the page's window, or its document, hear an event as if it came from the browser. */
const event = (target: "window" | "document", type: string) => `void ${target}.dispatchEvent(new Event("${type}"))`;

describe("a page that the user leaves", () => {
  test("is kept in the back/forward cache, and goes on with its turn when they come back", async ({ skip }) => {
    if (!browser().hasBackForwardCache) skip("this Chromium has no back/forward cache: see CELLGATE_CHROMIUM");
    const { proxy, page, origin, expectUndisturbed } = await waitingAgent();
    await page.goto(`${origin}/other.html`);
    expect(await page.title()).toBe("another page");
    await expect.poll(() => proxy.lines.length).toBe(0);
    // From the cache nothing is loaded, which is what would be waited for.
    await page.goBack({ waitUntil: "commit" });
    expect(await page.title()).toBe("an agent");
    await expectUndisturbed();
    expect(proxy.connections).toBe(2);
  });

  test.each([
    ["put aside", event("window", "pagehide"), event("window", "pageshow")],
    ["frozen", event("document", "freeze"), event("document", "resume")],
  ])("has no connection while it is %s, and comes back to its turn at once", async (_, leave, comeBack) => {
    const { proxy, page, agent, expectUndisturbed } = await waitingAgent();
    await page.evaluate(leave);
    expect(await agent.until("lost")).toMatchObject({ closure: { code: 1001 } });
    await expect.poll(() => proxy.lines.length).toBe(0);
    await page.evaluate(comeBack);
    await expectUndisturbed();
    expect(proxy.connections).toBe(2);
  });
});

test("a page without a network says so, and connects as soon as it has one", async () => {
  const { proxy, page, agent, expectUndisturbed } = await waitingAgent();
  await page.context().setOffline(true);
  proxy.isDown = true;
  proxy.reset();
  expect(await agent.until("lost")).toMatchObject({ offline: true });
  proxy.isDown = false;
  await page.context().setOffline(false);
  await expectUndisturbed();
});

describe("a page that is looked at again", () => {
  test("connects at once", async () => {
    const { proxy, page, agent, expectUndisturbed } = await waitingAgent();
    proxy.isDown = true;
    proxy.reset();
    await agent.until("lost");
    proxy.isDown = false;
    await page.evaluate(event("document", "visibilitychange"));
    await expectUndisturbed();
  });

  test("finds out in five seconds that its connection is dead, which nobody told", async () => {
    const { proxy, page, agent, expectUndisturbed } = await waitingAgent();
    for (const line of proxy.lines) {
      line.swallow("client");
      line.swallow("gateway");
    }
    await page.evaluate(event("document", "visibilitychange"));
    expect(await agent.until("lost")).toMatchObject({ closure: { code: 4440 } });
    await page.evaluate(event("document", "visibilitychange"));
    await expectUndisturbed();
  });
});
