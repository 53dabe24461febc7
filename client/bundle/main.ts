import { mkdir, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { bundleClient } from "./client.ts";
import { bundleDashboard } from "./dashboard.ts";

/** `npm run bundle`: writes what browsers load into `dist/`, with its sizes. */

/** All of the client, for a script tag. */
const MOST_CLIENT_BYTES = 20 * 1024;
/** What a browser loads of the dashboard before it can show anything. */
const MOST_FIRST_BYTES = 60 * 1024;

await writeClient();
await writeDashboard();

async function writeClient(): Promise<void> {
  const { code, sourceMap } = await bundleClient();
  const folder = await makeFolder("browser");
  await writeFile(new URL("cellgate.js", folder), code);
  await writeFile(new URL("cellgate.js.map", folder), sourceMap);
  bound("client", measure("cellgate.js", Buffer.from(code)), MOST_CLIENT_BYTES);
}

async function writeDashboard(): Promise<void> {
  const { files, first } = await bundleDashboard();
  const folder = await makeFolder("dashboard");
  let firstBytes = 0;
  for (const [name, bytes] of files) {
    await writeFile(new URL(name, folder), bytes);
    const isFirst = first.includes(name);
    const zipped = measure(isFirst ? name : `${name}, when it is needed`, bytes);
    if (isFirst) firstBytes += zipped;
  }
  bound("first view of the dashboard", firstBytes, MOST_FIRST_BYTES);
}

async function makeFolder(name: string): Promise<URL> {
  const folder = new URL(`../../dist/${name}/`, import.meta.url);
  await mkdir(folder, { recursive: true });
  return folder;
}

/** Prints how large a file is, and returns how large it is as it is sent. */
function measure(name: string, bytes: Uint8Array): number {
  const zipped = gzipSync(bytes).length;
  console.log(`${kibibytes(bytes.length)}  ${kibibytes(zipped)} gzip  ${name}`);
  return zipped;
}

/** Fails the build if it is too much. */
function bound(what: string, zipped: number, most: number): void {
  console.log(`${what}: ${kibibytes(zipped)} gzip, at most ${kibibytes(most)}`);
  if (zipped <= most) return;
  console.error(`${what}: expected at most ${most} bytes gzip, got ${zipped}`);
  process.exitCode = 1;
}

function kibibytes(bytes: number): string {
  return `${(bytes / 1024).toFixed(1).padStart(6)} KiB`;
}
