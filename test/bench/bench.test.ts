import { execFile } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { summarize } from "./statistics.ts";
import { number, table } from "./table.ts";

const main = new URL("main.ts", import.meta.url).pathname;

test("One quick section ends with a table and JSON of cellgate beside its floors", { timeout: 60_000 }, async () => {
  const json = join(tmpdir(), `cellgate-bench-${process.pid}.json`);
  try {
    const args = [main, "--quick", "--section", "latency", "--json", json];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect(stdout).toMatch(/\d cores .* Node v\d+/);
    expect(stdout).toMatch(
      /\| medians +\| +cellgate \| +cellgate, fresh \| +isolated-vm \| +bare relay \| +ws echo \|/,
    );
    expect(stdout).toMatch(/\| no-op cell, 1 in flight, ms +\| +[\d.]+ \|/);
    const { rows } = JSON.parse(await readFile(json, "utf8")) as { rows: { name: string; subjects: object }[] };
    expect(rows.map(({ name }) => name)).toEqual(["noop"]);
    const median = expect.any(Number) as number;
    expect(rows[0]?.subjects).toMatchObject({ cellgate: { median }, "isolated-vm": { median }, "ws echo": { median } });
  } finally {
    await rm(json, { force: true });
  }
});

test("Quantiles count from the good end: low for times, high for rates", () => {
  const samples = Array.from({ length: 101 }, (_, index) => 100 - index);
  expect(summarize(samples, "less")).toEqual({ count: 101, median: 50, p95: 95, p99: 99, best: 0 });
  expect(summarize(samples, "more")).toEqual({ count: 101, median: 50, p95: 5, p99: 1, best: 100 });
  expect(summarize([], "less")).toBeUndefined();
});

test("A table is aligned, its numbers to the right and with three significant digits", () => {
  const rows = [
    ["noop", number(0.6123)],
    ["calls", number(12_345.6)],
  ];
  expect(table(["work", "ms"], rows).split("\n")).toEqual([
    "| work  |     ms |",
    "| ----- | -----: |",
    "| noop  |  0.612 |",
    "| calls | 12,346 |",
  ]);
});
