import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { hostileDocument } from "./document.ts";
import { tables } from "./tables.ts";

/** The formatter pads tables and breaks lines. */
const words = (text: string): string[] => text.replaceAll(/-{3,}/g, "---").split(/\s+/);

test("docs/hostile.md has every hostile cell with its outcome and its price; npm run hostile writes it", () => {
  const page = readFileSync(new URL("../../docs/hostile.md", import.meta.url), "utf8");
  expect(words(page)).toEqual(words(hostileDocument()));
});

test("no two hostile cells of a class are the same, by name or by source", () => {
  for (const { cells } of tables) {
    expect(new Set(cells.map(({ does }) => does)).size).toBe(cells.length);
    expect(new Set(cells.map(({ source }) => source)).size).toBe(cells.length);
  }
});
