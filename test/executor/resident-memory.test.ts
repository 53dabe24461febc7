import { expect, test } from "vitest";
import { residentBytes } from "../../src/executor/resident-memory.ts";

test("the memory of a process is what the system says it is", () => {
  const said = process.memoryUsage.rss();
  const read = residentBytes(process.pid) ?? 0;
  expect(read).toBeGreaterThan(said * 0.8);
  expect(read).toBeLessThan(said * 1.25);
});

test("a process that is gone has none", () => {
  // The largest id that Linux gives is 2 ** 22.
  expect(residentBytes(2 ** 22 + 1)).toBeUndefined();
});
