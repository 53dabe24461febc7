import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { processTree } from "../processes.ts";
import type { Runtime, Subject } from "../runtime.ts";
import { type Dialect, taskOf, UnsupportedError, type Work } from "../work.ts";
import { cloudflareWorker } from "./cloudflare-worker.ts";
import { importFrom, returnText } from "./library-runtime.ts";

interface MiniflareExports {
  readonly Miniflare: new (options: object) => Miniflare;
}

interface Miniflare {
  readonly ready: Promise<URL>;
  dispose(): Promise<void>;
}

interface Module {
  readonly type: "ESModule";
  readonly path: string;
  readonly contents: string;
}

const dialect: Dialect = { call: (tool, argument) => `codemode.${tool}(${argument})`, text: returnText };

/** A Worker that makes another Worker for every cell, in the runtime that Cloudflare gives out. Asked over HTTP. */
export const cloudflare: Subject = {
  name: "cloudflare",
  about: "@cloudflare/codemode 0.5.6 on miniflare, over HTTP, with its tools inside the Worker",
  packages: ["@cloudflare/codemode@0.5.6", "miniflare@4.20260730.0"],
  inProcess: true,
  async open(folder) {
    const { Miniflare } = await importFrom<MiniflareExports>(folder, "miniflare");
    const miniflare = new Miniflare({
      host: "127.0.0.1",
      port: 0,
      // Nothing to ask the network for.
      cf: false,
      modulesRoot: "/",
      modules: await modulesIn(folder),
      compatibilityDate: "2026-01-28",
      compatibilityFlags: ["nodejs_compat"],
      workerLoaders: { LOADER: {} },
    });
    return new CloudflareRuntime(miniflare, await miniflare.ready);
  },
};

class CloudflareRuntime implements Runtime {
  readonly #miniflare: Miniflare;
  readonly #url: URL;

  constructor(miniflare: Miniflare, url: URL) {
    this.#miniflare = miniflare;
    this.#url = url;
  }

  /** The driver itself only asks. */
  get roots(): readonly number[] {
    return processTree(process.pid).slice(1);
  }

  async run(work: Work): Promise<void> {
    const { source, isDone } = taskOf(work, dialect);
    const output = await this.#evaluate(source);
    if (!isDone(output)) throw new Error(`unexpected output: ${output.slice(0, 80)}`);
  }

  async spin(): Promise<never> {
    throw new UnsupportedError("stops a cell by a timeout alone");
  }

  async park(count: number): Promise<void> {
    const until = (await this.#parked()) + count;
    let failure: unknown;
    for (let started = 0; started < count; started++) {
      this.#evaluate('await codemode.park(1); return "x";').catch((error: unknown) => (failure = error));
    }
    while ((await this.#parked()) < until) {
      if (failure !== undefined) throw new Error("a parked cell ended", { cause: failure });
      await delay(50);
    }
  }

  async close(): Promise<void> {
    await this.#miniflare.dispose();
  }

  async #evaluate(source: string): Promise<string> {
    const response = await fetch(this.#url, { method: "POST", body: source });
    const output = await response.text();
    if (!response.ok) throw new Error(output.slice(0, 200));
    return output;
  }

  async #parked(): Promise<number> {
    return Number(await (await fetch(this.#url)).text());
  }
}

/** All side by side, for that is where workerd looks for what a module imports, a package's name included. */
async function modulesIn(folder: string): Promise<Module[]> {
  const packages = join(folder, "node_modules");
  const dist = join(packages, "@cloudflare/codemode/dist");
  const files = (await readdir(dist)).filter((file) =>
    /^(index|base|run-code|resolve|truncate|json-schema).*\.js$/.test(file),
  );
  const modules = await Promise.all([
    ...files.map((file) => moduleOf(`/${file}`, join(dist, file))),
    moduleOf("/acorn", join(packages, "acorn/dist/acorn.mjs")),
  ]);
  // The first is the one that is started.
  return [{ type: "ESModule", path: "/worker.js", contents: cloudflareWorker }, ...modules];
}

async function moduleOf(path: string, file: string): Promise<Module> {
  return { type: "ESModule", path, contents: await readFile(file, "utf8") };
}
