import { describe, expect, test } from "vitest";
import { compareLoads, isWorse } from "../../client/load/compare/comparison.ts";
import { comparisonText } from "../../client/load/compare/comparison-text.ts";
import { draw } from "../../client/load/distribution.ts";
import { Random } from "../../client/load/random.ts";
import type { LoadResult } from "../../client/load/result.ts";
import { madeResult } from "./made-result.ts";

/** Times as a gateway's are: most of them short, a tail, and seconds that are slower as a whole. */
function run(seed: string, addedMs = 0, overrides: Partial<LoadResult> = {}): LoadResult {
  const random = new Random(seed);
  const slowness = Array.from({ length: 30 }, () => draw({ lognormal: { median: 1, p99: 1.5 } }, random));
  const ms = (random: Random, second: number) =>
    addedMs + (slowness[second] ?? 1) * draw({ lognormal: { median: 3, p99: 20 } }, random);
  return madeResult({ random, ms, overrides });
}

const verdicts = (before: LoadResult, after: LoadResult) =>
  Object.fromEntries(compareLoads(before, after).differences.map(({ what, verdict }) => [what, verdict]));

describe("the comparison of two runs", () => {
  test("finds a delay of 5 ms, and no other, in each of twenty pairs", () => {
    const found: string[] = [];
    for (let pair = 0; pair < 20; pair++) {
      const before = run(`before ${pair}`);
      if (!isWorse(compareLoads(before, run(`slower ${pair}`, 5)))) found.push(`${pair}: not found`);
      if (isWorse(compareLoads(before, run(`same ${pair}`)))) found.push(`${pair}: invented`);
    }
    expect(found).toEqual([]);
  });

  test("says better when the delay is gone, and same when there was none", () => {
    expect(verdicts(run("a", 5), run("b"))["execute p50"]).toBe("better");
    const calm = (seed: string) => madeResult({ random: new Random(seed), ms: (random) => 5 + random.next() });
    expect(verdicts(calm("a"), calm("b"))["execute p50"]).toBe("same");
  });

  test("is unclear where the seconds differ by more than the runs", () => {
    const wild = (seed: string) => {
      const random = new Random(seed);
      const added = Array.from({ length: 10 }, () => random.integer(0, 1) * 20);
      return madeResult({ random, seconds: 8, ms: (random, second) => 5 + (added[second] ?? 0) + random.next() });
    };
    expect(verdicts(wild("a"), wild("b"))["execute p50"]).toBe("unclear");
  });

  test("gives the same answer whenever it is asked", () => {
    expect(compareLoads(run("a"), run("b", 1))).toEqual(compareLoads(run("a"), run("b", 1)));
  });

  test("compares the rate of a closed loop, where slower means fewer", () => {
    const closed = (perSecond: number) => {
      const random = new Random(String(perSecond));
      const made = madeResult({ random, perSecond, ms: () => 5 });
      return { ...made, plan: { ...made.plan, rate: undefined } };
    };
    expect(verdicts(closed(200), closed(150))["execute rate"]).toBe("worse");
    expect(verdicts(closed(150), closed(200))["execute rate"]).toBe("better");
    expect(verdicts(run("a"), run("b"))["execute rate"]).toBeUndefined();
  });

  test("counts errors, of which the first is one too many", () => {
    const random = new Random("errors");
    const failing = (count: number) => madeResult({ random, ms: () => 5, errors: count > 0 ? { bad: count } : {} });
    expect(verdicts(failing(0), failing(1))["errors"]).toBe("worse");
    expect(verdicts(failing(100), failing(110))["errors"]).toBe("same");
    expect(verdicts(failing(100), failing(200))["errors"]).toBe("worse");
    expect(verdicts(failing(200), failing(100))["errors"]).toBe("better");
  });

  test("says what the runs do not share", () => {
    const other = run("b", 0, {
      machine: { ...run("a").machine, node: "v24", busy: 0.9 },
      scenario: { name: "x", about: "" },
    });
    expect(compareLoads(run("a"), other).doubts).toEqual([
      "the scenarios differ: noop and x",
      "the machines differ: 2 cores (a <cpu>), Node v26 and 2 cores (a <cpu>), Node v24",
      "the cores were 50 % busy in the one run and 90 % in the other",
    ]);
  });

  test("reads as a table with a conclusion", () => {
    const text = comparisonText(compareLoads(run("a"), run("b", 5)));
    expect(text).toMatch(/^ +before +after +difference, 999 in 1,000$/m);
    expect(text).toMatch(/^execute p50 +[\d.]+ ms +[\d.]+ ms +\+[\d.]+ ms … \+[\d.]+ ms +WORSE$/m);
    expect(text).toMatch(/\nworse: execute p50\n$/);
  });
});
