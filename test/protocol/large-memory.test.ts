import { getHeapStatistics } from "node:v8";
import { expect, test } from "vitest";
import { allocateMessage } from "../../src/protocol/large-memory.ts";
import { collectGarbage } from "../support/garbage.ts";

const MiB = 1024 * 1024;

const isCounted = (bytes: Uint8Array): boolean => bytes.buffer instanceof ArrayBuffer;

test("memory for a small message is nothing special", () => {
  const bytes = allocateMessage(1_000);
  expect([bytes.length, bytes.buffer.byteLength, isCounted(bytes)]).toEqual([1_000, 1_000, true]);
});

test("memory for a large message is not held against the heap, up to 64 MiB that were not collected", async () => {
  const before = getHeapStatistics().external_memory;
  let kept = Array.from({ length: 16 }, () => allocateMessage(4 * MiB));
  expect(kept.some(isCounted)).toBe(false);
  expect(getHeapStatistics().external_memory - before).toBeLessThan(MiB);
  expect(isCounted(allocateMessage(4 * MiB))).toBe(true);
  expect(isCounted(allocateMessage(65 * MiB))).toBe(true);

  kept = kept.slice(0, 8);
  await expect
    .poll(async () => {
      await collectGarbage();
      return isCounted(allocateMessage(4 * MiB));
    })
    .toBe(false);
  expect(kept).toHaveLength(8);
});
