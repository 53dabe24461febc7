import { describe, expect, test } from "vitest";
import { sharedChromium } from "../support/chromium.ts";
import { pageServer } from "../support/page-server.ts";

const browser = sharedChromium();

/** Opens a page with this script, and waits until it has run. */
async function open(script: string) {
  const origin = await pageServer({
    "/index.html": '<!doctype html><title>a page</title><script type="module" src="page.js"></script>',
    "/page.js": `globalThis.done = true;\n${script}`,
  });
  const page = await browser().page();
  await page.goto(origin);
  await page.waitForFunction("done");
  return page;
}

test("a page runs in a real browser", async () => {
  const page = await open('document.title += " that ran";');
  expect(await page.title()).toBe("a page that ran");
});

describe("a test fails whose page", () => {
  test.fails("makes a function of text, as its CSP forbids that", async () => {
    await open('try { new Function("return 1"); } catch {}');
  });

  test.fails("throws what nobody catches", async () => {
    await open('throw new Error("nobody catches this");');
  });

  test.fails("leaves a rejection to nobody", async () => {
    await open("await Promise.resolve(); void Promise.reject(new Error());");
  });
});
