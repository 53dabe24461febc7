import type { Flow, Scenario } from "../scenario.ts";

const sizes = [
  { name: "100 B", bytes: 100, weight: 20 },
  { name: "10 KB", bytes: 10_000, weight: 10 },
  { name: "100 KB", bytes: 100_000, weight: 5 },
  { name: "1 MB", bytes: 1_000_000, weight: 2 },
  { name: "4 MB", bytes: 4_000_000, weight: 1 },
  // Larger than a frame: it comes in several.
  { name: "10 MB", bytes: 10_000_000, weight: 0.5 },
] as const;

/** Content of all sizes; each has a time of its own in the result. */
export const bigOutput: Scenario = {
  name: "big-output",
  about: "cells that put out text of 100 B to 10 MB, more of the small ones",
  load: { sockets: 4 },
  flows: sizes.map(({ name, bytes, weight }): Flow => {
    const source = `text("0123456789".repeat(${bytes / 10}))`;
    return { name, weight, steps: [{ do: "execute", source, yieldMs: null, expect: { textLength: bytes } }] };
  }),
};
