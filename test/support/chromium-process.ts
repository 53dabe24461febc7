import { execFile } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type BrowserServer,
  chromium,
} from "playwright-core";

/** Longer than a close takes that goes well. */
const CLOSE_MS = 5_000;

/**
 * A Chromium of its own process: the one of the npm package, or what the variable `CELLGATE_CHROMIUM` names
 * (`/usr/bin/chromium` is Debian's).
 */
export class ChromiumProcess {
  readonly #server: BrowserServer;
  readonly #browser: Browser;

  /** Rejects where there is none to be had. */
  static async launch(): Promise<ChromiumProcess> {
    const server = await launch();
    return new ChromiumProcess(server, await chromium.connect(server.wsEndpoint()));
  }

  private constructor(server: BrowserServer, browser: Browser) {
    this.#server = server;
    this.#browser = browser;
  }

  /** A context as in a browser that was just installed. */
  context(options?: BrowserContextOptions): Promise<BrowserContext> {
    // Where the machine has no locale the one without a window makes up `en-US@posix`, which no `Intl` takes.
    return this.#browser.newContext({ locale: "en-US", ...options });
  }

  /** Closes gently; by force, and by its pid, what does not. */
  async close(): Promise<void> {
    const process = this.#server.process();
    const exited = process.exitCode === null && process.signalCode === null ? once(process, "exit") : undefined;
    const force = setTimeout(() => process.kill("SIGKILL"), CLOSE_MS);
    await this.#server.close();
    await exited;
    clearTimeout(force);
  }
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
