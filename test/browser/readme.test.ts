import { readFile } from "node:fs/promises";
import { test } from "vitest";
import { bundleClient } from "../../client/bundle/client.ts";
import { sharedChromium } from "../support/chromium.ts";
import { pageServer } from "../support/page-server.ts";
import { runningGateway } from "../support/running-gateway.ts";

const browser = sharedChromium();

test("the README's page does what it is to do", async () => {
  const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
  const [, html = ""] = /```html\n([\s\S]*?)```/.exec(readme) ?? [];
  const [element = "", script = ""] = /<script type="module">([\s\S]*?)<\/script>/.exec(html) ?? [];
  const { url, token } = await runningGateway();
  const origin = await pageServer({
    // In a file of its own, as the CSP of the tests' pages demands.
    "/index.html": html.replace(element, '<script type="module" src="agent.js"></script>'),
    "/agent.js": script.replace("ws://127.0.0.1:8080", new URL(url).origin).replace('"…"', JSON.stringify(token)),
    "/cellgate.js": (await bundleClient()).code,
  });
  const page = await browser().page();
  await page.goto(origin);
  await page.locator("p", { hasText: "An agent in a page" }).waitFor();
});
