import { execFile } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Browser, type BrowserContextOptions, type BrowserServer, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished } from "vitest";

/** Longer than a close takes that goes well. */
const CLOSE_MS = 5_000;

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
 * it. It is the one of the npm package, or what the variable `CELLGATE_CHROMIUM` names (`/usr/bin/chromium` is
 * Debian's). Without one the tests fail in CI; elsewhere they are skipped, but not in silence.
 */
export function sharedChromium(): () => TestBrowser {
  let server: BrowserServer | undefined;
  let browser: Browser | undefined;
  let missing = "";
  beforeAll(async () => {
    try {
      server = await launch();
      browser = await chromium.connect(server.wsEndpoint());
    } catch (error) {
      missing = `no Chromium to be had: nothing of this file is tested in a browser.\n${String(error)}`;
      if (process.env["CI"] === "true") throw new Error(missing, { cause: error });
      console.warn(missing);
    }
  });
  beforeEach(({ skip }) => {
    if (!browser) skip(missing);
  });
  afterAll(async () => {
    if (server) await end(server);
  });
  return () => {
    if (!browser) throw new Error("the browser is there only while tests run");
    return testBrowser(browser);
  };
}

function testBrowser(browser: Browser): TestBrowser {
  return {
    hasBackForwardCache: process.env["CELLGATE_CHROMIUM"] !== undefined,
    async page(options) {
      // Where the machine has no locale the one without a window makes up `en-US@posix`, which no `Intl` takes.
      const context = await browser.newContext({ locale: "en-US", ...options });
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

async function launch(): Promise<BrowserServer> {
  const own = process.env["CELLGATE_CHROMIUM"];
  const folder = own === undefined ? await unpacked() : "";
  return chromium.launchServer({
    executablePath: own ?? join(folder, "chromium"),
    env: own === undefined ? environmentOf(folder) : process.env,
    // Names in `.test` lead here, too: a page from there is a stranger to whatever listens on loopback.
    args: ["--disable-gpu", "--disable-quic", "--host-resolver-rules=MAP *.test 127.0.0.1"],
    // Pages that the SDK is in are to be kept by it.
    ignoreDefaultArgs: ["--disable-back-forward-cache"],
    // Root may not have one, and the pages are the tests' own.
    chromiumSandbox: false,
  });
}

/**
 * The folder of the npm package's Chromium. It is unpacked (in two seconds, to 200 MB) once a machine, elsewhere first:
 * the files of tests run side by side, and none may find half a browser.
 */
async function unpacked(): Promise<string> {
  const manifest = await readFile(
    new URL("../../node_modules/@sparticuz/chromium/package.json", import.meta.url),
    "utf8",
  );
  const { version } = JSON.parse(manifest) as { version: string };
  const folder = join(tmpdir(), `cellgate-chromium-${version}`);
  if (existsSync(folder)) return folder;
  const staging = await mkdtemp(`${folder}-`);
  // It unpacks to the folder for temporary files, and libraries that a bare machine lacks for a Lambda only.
  const env = { ...process.env, TMPDIR: staging, AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x" };
  const program = 'import chromium from "@sparticuz/chromium"; await chromium.executablePath();';
  await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], {
    cwd: import.meta.dirname,
    env,
  });
  await rename(staging, folder).catch(async (error: unknown) => {
    await rm(staging, { recursive: true });
    if (!existsSync(folder)) throw error;
  });
  return folder;
}

/** The libraries and fonts that came with it, where the machine has no others. */
function environmentOf(folder: string): NodeJS.ProcessEnv {
  const { LD_LIBRARY_PATH: libraries = "" } = process.env;
  const env = { ...process.env, LD_LIBRARY_PATH: `${libraries}:${join(folder, "al2023", "lib")}` };
  return existsSync("/etc/fonts/fonts.conf") ? env : { ...env, FONTCONFIG_PATH: join(folder, "fonts") };
}

/** Closes gently; by force, and by its pid, what does not. */
async function end(server: BrowserServer): Promise<void> {
  const process = server.process();
  const exited = process.exitCode === null && process.signalCode === null ? once(process, "exit") : undefined;
  const force = setTimeout(() => process.kill("SIGKILL"), CLOSE_MS);
  await server.close();
  await exited;
  clearTimeout(force);
}
