import { mkdir, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { bundleDashboard } from "./dashboard.ts";

/** `npm run bundle`: writes the dashboard into `dist/dashboard/`, with the sizes that a browser loads. */

/** What a browser loads before it can show anything. */
const MOST_FIRST_BYTES = 60 * 1024;

const folder = new URL("../dist/dashboard/", import.meta.url);
const { files, first } = await bundleDashboard();
await mkdir(folder, { recursive: true });
let firstBytes = 0;
for (const [name, bytes] of files) {
  await writeFile(new URL(name, folder), bytes);
  const zipped = gzipSync(bytes).length;
  const isFirst = first.includes(name);
  if (isFirst) firstBytes += zipped;
  console.log(`${kilobytes(bytes.length)}  ${kilobytes(zipped)} gzip  ${name}${isFirst ? "" : ", when it is needed"}`);
}
console.log(`first view: ${kilobytes(firstBytes)} gzip, at most ${kilobytes(MOST_FIRST_BYTES)}`);
if (firstBytes > MOST_FIRST_BYTES) {
  console.error(`dashboard: expected a first view of at most ${MOST_FIRST_BYTES} bytes gzip, got ${firstBytes}`);
  process.exitCode = 1;
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1024).toFixed(1).padStart(6)} KiB`;
}
