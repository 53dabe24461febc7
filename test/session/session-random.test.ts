import * as fc from "fast-check";
import { test } from "vitest";
import { RandomSession, type Step } from "./random-session.ts";

/** How often each step is taken, beside the others. */
const weights: Record<Step["do"], number> = {
  execute: 8,
  wait: 10,
  terminate: 2,
  yield: 3,
  cancel: 2,
  repeat: 1,
  acknowledge: 5,
  attach: 2,
  cut: 3,
  resume: 3,
  closed: 1,
  pass: 3,
  start: 10,
  put: 12,
  yieldControl: 3,
  notify: 6,
  call: 12,
  answer: 4,
  write: 5,
  end: 4,
  crash: 1,
  neighbourExecute: 4,
  neighbourTerminate: 1,
  neighbourEnd: 3,
};

const step: fc.Arbitrary<Step> = fc.record({
  do: fc.oneof(
    ...Object.entries(weights).map(([name, weight]) => ({ weight, arbitrary: fc.constant(name as Step["do"]) })),
  ),
  which: fc.nat(3),
  how: fc.nat(5),
});

test(
  "whatever happens in whatever order, the rules of cells hold for all that clients are told",
  { timeout: 60_000 },
  () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 150, size: "max" }), (steps) =>
        new RandomSession().play(steps),
      ),
      { numRuns: 300 },
    );
  },
);
