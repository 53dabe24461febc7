import { describe, expect, test } from "vitest";
import { sharedChromium } from "../support/chromium.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { runningGateway, sharedGateway } from "../support/running-gateway.ts";
import { agentPage, type Place } from "./agent-page.ts";

const browser = sharedChromium();
const gateway = sharedGateway();

const sum = "text(await tools.add({ a: 20, b: 22 }))";

describe.each<Place>(["page", "worker"])("an agent in a %s under a strict CSP", (place) => {
  test.each(["cellgate.v1.msgpack", "cellgate.v1.json"] as const)("runs cells over %s", async (subprotocol) => {
    const { agent } = await agentPage(browser(), place);
    const { url, token } = gateway();
    await agent.connect(url, token, { subprotocol });
    expect(await agent.run(sum)).toEqual({ type: "result", text: "42" });
    expect(await agent.run('text("größer, 你好 😀 \\ufeff".repeat(10_000)); throw 1')).toMatchObject({
      text: "größer, 你好 😀 \ufeff".repeat(10_000),
      error: "script_error",
    });
    await agent.close();
    expect(await agent.told()).toMatchObject({
      events: [{ state: "connecting" }, { state: "open" }, { state: "closed" }],
      faults: [],
    });
  });

  test("goes on with its turn when the connection is cut, and runs each tool once", async () => {
    const proxy = await FaultProxy.start(gateway().url);
    const { agent } = await agentPage(browser(), place);
    await agent.connect(proxy.url, gateway().token, { reconnect: { baseMs: 20, capMs: 20 } });
    await agent.start('text("before"); text(await tools.hold())');
    await agent.called();
    for (let cuts = 0; cuts < 3; cuts++) {
      const resumed = proxy.at({ from: "gateway", tag: "welcome" });
      proxy.reset();
      await resumed;
    }
    await agent.release("after");
    expect(await agent.outcome()).toEqual({ type: "result", text: "before\nafter" });
    expect(await agent.calls()).toBe(1);
  });
});

test("content that the connection breaks off in again and again comes whole, and once", async () => {
  const proxy = await FaultProxy.start(gateway().url);
  const { agent } = await agentPage(browser());
  await agent.connect(proxy.url, gateway().token, { reconnect: { baseMs: 5, capMs: 5 } });
  const lines = Array.from({ length: 40 }, (_, index) => `${index} `.repeat(30_000));
  for (const nth of [1, 2, 4]) {
    void proxy.at({ from: "gateway", tag: "content", nth, where: "middle" }, (line) => line.reset());
  }
  const outcome = await agent.run('for (let index = 0; index < 40; index++) text((index + " ").repeat(30_000))');
  expect(outcome.text).toBe(lines.join("\n"));
  expect((await agent.told()).events.filter(({ state }) => state === "resumed")).not.toEqual([]);
});

describe("a page of a stranger", () => {
  test("connects where the gateway allows its origin", async () => {
    const { agent, origin } = await agentPage(browser(), "page", "app.test");
    const { url, token } = await runningGateway({ origins: [origin] });
    await agent.connect(url, token);
    expect(await agent.run(sum)).toMatchObject({ text: "42" });
  });

  test("does not connect where it does not", async () => {
    const { agent } = await agentPage(browser(), "page", "app.test");
    const { url, token } = gateway();
    await expect(agent.connect(url, token)).rejects.toThrow(/4403 forbidden/);
  });
});

test("a page is told that its token is wrong", async () => {
  const { agent } = await agentPage(browser());
  await expect(agent.connect(gateway().url, "a-token-that-is-wrong")).rejects.toThrow(/4401 unauthenticated/);
});
