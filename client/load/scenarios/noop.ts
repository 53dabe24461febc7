import type { Scenario } from "../scenario.ts";

/** The smallest cell there is. */
export const noop: Scenario = {
  name: "noop",
  about: "cells that do nothing: what a cell costs at least",
  flows: [{ steps: [{ do: "execute", source: `text("x")`, yieldMs: null, expect: { text: "x" } }] }],
};
