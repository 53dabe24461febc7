import type { BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished } from "vitest";
import { ChromiumProcess } from "./chromium-process.ts";

/** A little less than a test has, so that what was waited for in vain is named. */
const WAIT_MS = 15_000;

/** Of what is refused to `eval` the console says nothing, where the script catches the error. */
const tellViolations = `document.addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) => {
  console.error("Content Security Policy: " + effectiveDirective + " forbids " + blockedURI);
});`;

/** A real browser for the tests of a file. */
export interface TestBrowser {
  /** Whether it has a back/forward cache: Debian's has, the one that npm brings has not. */
  readonly hasBackForwardCache: boolean;
  /**
   * A page in a context of its own, as in a browser that was just installed. It is closed when the test has ended, which
   * fails if a script of the page threw what nobody caught, or did what the page's CSP forbids.
   */
  page(options?: BrowserContextOptions): Promise<Page>;
}

/**
 * Chromium, launched once for all tests of a file or of a `describe`, where this is called: gives a function that gives
 * it. Without one the tests fail in CI; elsewhere they are skipped, but not in silence.
 */
export function sharedChromium(): () => TestBrowser {
  let started: ChromiumProcess | undefined;
  let missing = "";
  beforeAll(async () => {
    try {
      started = await ChromiumProcess.launch();
    } catch (error) {
      missing = `no Chromium to be had: nothing of this file is tested in a browser.\n${String(error)}`;
      if (process.env["CI"] === "true") throw new Error(missing, { cause: error });
      console.warn(missing);
    }
  });
  beforeEach(({ skip }) => {
    if (!started) skip(missing);
  });
  afterAll(() => started?.close());
  return () => {
    if (!started) throw new Error("the browser is there only while tests run");
    return testBrowser(started);
  };
}

function testBrowser(chromium: ChromiumProcess): TestBrowser {
  return {
    hasBackForwardCache: process.env["CELLGATE_CHROMIUM"] !== undefined,
    async page(options) {
      const context = await chromium.context(options);
      context.setDefaultTimeout(WAIT_MS);
      const page = await context.newPage();
      const faults: string[] = [];
      context.on("weberror", (fault) => faults.push(String(fault.error())));
      context.on("console", (message) => {
        if (message.text().includes("Content Security Policy")) faults.push(message.text());
      });
      await context.addInitScript(tellViolations);
      onTestFinished(async () => {
        await context.close();
        expect(faults).toEqual([]);
      });
      return page;
    },
  };
}
