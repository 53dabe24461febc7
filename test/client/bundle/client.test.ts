import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import * as client from "../../../client/index.ts";
import { bundleClient, type ClientBundle } from "../../../client/bundle/client.ts";

const KiB = 1024;

/** Bytes as they are sent to a page. */
const sizeOf = ({ code }: ClientBundle): number => gzipSync(code, { level: 9 }).length;

/** Prints the size, and holds it against what it may be. */
function expectAtMost(mostBytes: number, bundle: ClientBundle, name: string): void {
  const size = sizeOf(bundle);
  const kibibytes = (bytes: number) => (bytes / KiB).toFixed(1);
  console.log(`size: ${name}: ${kibibytes(size)} KiB gzip, of at most ${kibibytes(mostBytes)}`);
  expect(size).toBeLessThanOrEqual(mostBytes);
}

const bundle = await bundleClient();

test("the file for pages is at most 20 KiB", () => {
  expectAtMost(20 * KiB, bundle, "the client's file for pages");
});

test("what a page loads that only has an agent is at most 17 KiB, and without what is for observers", async () => {
  const host = await bundleClient('export { connect } from "./index.ts";');
  expectAtMost(17 * KiB, host, "an agent's part of the client");
  expect(host.code).not.toContain("observed");
  expect(sizeOf(host)).toBeLessThan(sizeOf(bundle));
});

test("the file for pages stands alone, and gives what the package gives", () => {
  expect(bundle.imports).toEqual([]);
  expect(bundle.exports.toSorted()).toEqual(Object.keys(client).toSorted());
});

test("the file for pages makes no code of text", () => {
  expect(bundle.code).not.toMatch(/\beval\b|\bFunction\s*\(|\bimport\s*\(/);
});
