import { randomInt } from "node:crypto";
import { expect, test } from "vitest";
import { chaos } from "./chaos.ts";
import { planOf } from "./plan.ts";

test("whatever happens to connections, all is answered, done once, whole and in order, and nothing is left over", async () => {
  const seed = randomInt(2 ** 31);
  const lines: string[] = [];
  const { counts, problems } = await chaos({ runs: 50, seed, print: (line) => void lines.push(line) });
  console.log([`seeds ${seed} to ${seed + 49}`, ...lines, JSON.stringify(Object.fromEntries(counts))].join("\n"));
  expect(problems).toEqual([]);
  expect(counts.get("runs")).toBe(50);
  expect(counts.get("resumes")).toBeGreaterThan(50);
  expect(counts.get("resumes with a gap")).toBeGreaterThan(5);
}, 120_000);

test("a seed decides all of a plan, and another seed other things", () => {
  expect(planOf(1)).toEqual(planOf(1));
  expect(planOf(2)).not.toEqual(planOf(1));
});
