import { execFile } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Subject } from "../runtime.ts";

const installMs = 240_000;

/** Outside the repository: `$XDG_CACHE_HOME`, or else the folder for temporary files. */
const cache = join(process.env["XDG_CACHE_HOME"] ?? tmpdir(), "cellgate-bench-peers");

/** The peers that use isolated-vm ask for a version that this Node cannot load. */
const manifest = { private: true, type: "module", overrides: { "isolated-vm": "7.0.1" } };

/** A module in the folder, whose imports find what is installed there. */
export const loaderFile = "load.mjs";

/** A subject's packages in a folder of their own, installed where they are not yet. Rejects where npm cannot. */
export async function install({ name, packages = [] }: Subject): Promise<string> {
  const folder = join(cache, name.replaceAll(/\W+/g, "-"));
  const stamp = join(folder, "installed.json");
  const wanted = JSON.stringify(packages);
  if ((await readFile(stamp, "utf8").catch(() => "")) === wanted) return folder;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
  await writeFile(join(folder, loaderFile), "export const load = (name) => import(name);\n");
  // Peer dependencies are named in the list where they are needed; others would not resolve.
  const flags = ["--no-audit", "--no-fund", "--ignore-scripts", "--legacy-peer-deps", "--save-exact"];
  try {
    await promisify(execFile)("npm", ["install", ...flags, ...packages], { cwd: folder, timeout: installMs });
  } catch (error) {
    const { stderr = "" } = error as { stderr?: string };
    const line = stderr.split("\n").find((text) => text.startsWith("npm error") && !text.includes(" code "));
    throw new Error(line ?? `npm install failed: ${packages.join(" ")}`, { cause: error });
  }
  await writeFile(stamp, wanted);
  return folder;
}
