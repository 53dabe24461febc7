import { expect, test } from "vitest";
import { nodeFlags } from "../../src/executor/node-flags.ts";

const MiB = 1024 * 1024;

test.each([
  [8 * MiB, 1],
  [32 * MiB, 2],
  [64 * MiB, 4],
  [1024 * MiB, 4],
])("of a heap of %i bytes, %i MiB are for new objects", (heapBytes, expected) => {
  const sizes = nodeFlags("on", heapBytes).filter((flag) => flag.includes("semi-space"));
  expect(sizes).toEqual([`--min-semi-space-size=${expected}`, `--max-semi-space-size=${expected}`]);
});
