import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

test("the demonstration runs its three cells on this repository and ends by itself", async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [main, "demo"], { timeout: 60_000 });
  expect(stderr).toBe("");
  const sections = stdout.split("\n── ");
  const titles = sections.slice(1).map((section) => section.split("\n")[0]);
  expect(sections[0]).toMatch(/^gateway at ws:\/\/127\.0\.0\.1:\d+\/v1\/turn/);
  expect(titles).toEqual([
    "many files in parallel: result",
    "a later cell loads what was stored: result",
    "a cell that yields: yielded",
    "and is waited for: result",
  ]);

  const table = sections[1]!.trim().split("\n").slice(1);
  expect(table[0]).toMatch(/^folder +files +lines$/);
  const rows = table.filter((line) => /^\S+ +\d+ +\d+$/.test(line)).map((line) => line.split(/ +/));
  expect(rows.length).toBeGreaterThan(8);
  const folders = rows.map(([folder]) => folder);
  for (const folder of ["src", "src/executor", "src/protocol", "client", "test/e2e"]) expect(folders).toContain(folder);
  const linesInAll = rows.reduce((sum, row) => sum + Number(row[2]), 0);
  const filesInAll = rows.reduce((sum, row) => sum + Number(row[1]), 0);

  // What the first cell stored is what the second one loads.
  expect(sections[2]).toContain(`The largest of ${filesInAll} files:`);
  expect(sections[2]).toContain(`${linesInAll} lines in all`);
  expect(sections[2]!.match(/^ {2}\S+\.ts, \d+ lines$/gm)).toHaveLength(3);

  expect(sections[3]).toMatch(/Found \d+ mentions so far\./);
  const progress = Array.from(stdout.matchAll(/ {3}notify: searched (\d+) of (\d+) files/g), ([, done]) =>
    Number(done),
  );
  expect(progress.length).toBeGreaterThan(2);
  expect(progress).toEqual(progress.map((_, index) => 4 * (index + 1)));
  expect(stdout.trimEnd()).toMatch(/cite the cell rules \d+ times\.$/);
});
