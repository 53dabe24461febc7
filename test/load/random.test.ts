import { describe, expect, test } from "vitest";
import { draw } from "../../client/load/distribution.ts";
import { Random } from "../../client/load/random.ts";
import { ScenarioData } from "../../client/load/scenario-data.ts";
import { textOf } from "../../client/load/template.ts";

const many = <T>(make: () => T): T[] => Array.from({ length: 20_000 }, make);
const mean = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

describe("random numbers", () => {
  test("are the same for the same seed, and others for another", () => {
    const first = (seed: string) => Array.from({ length: 5 }, () => new Random(seed).next());
    const random = (seed: string) =>
      many(
        (
          (source) => () =>
            source.next()
        )(new Random(seed)),
      );
    expect(random("a")).toEqual(random("a"));
    expect(random("a")).not.toEqual(random("b"));
    expect(new Set(first("a")).size).toBe(1);
  });

  test("fill the range from 0 to 1 evenly", () => {
    const source = new Random("even");
    const tenths = Map.groupBy(
      many(() => source.next()),
      (number) => Math.floor(number * 10),
    );
    expect([...tenths.keys()].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for (const { length } of tenths.values()) expect(Math.abs(length - 2_000)).toBeLessThan(200);
  });

  test("of one name do not change with what another draws", () => {
    const source = new Random("seed");
    const before = source.of("x").next();
    source.next();
    source.of("y").next();
    expect(source.of("x").next()).toBe(before);
    expect(source.of("y").next()).not.toBe(before);
  });

  test("are whole within both bounds, and pick by weights", () => {
    const source = new Random("whole");
    expect(new Set(many(() => source.integer(3, 5)))).toEqual(new Set([3, 4, 5]));
    const weights = { rare: 1, often: 9, never: 0 };
    const picked = many(() => source.pick(["rare", "never", "often"] as const, (name) => weights[name]));
    expect(picked).not.toContain("never");
    expect(picked.filter((name) => name === "rare").length / picked.length).toBeCloseTo(0.1, 1);
  });
});

describe("a distribution", () => {
  test.each([
    ["a number", 7, 7],
    ["uniform", { uniform: [10, 30] as const }, 20],
    ["exponential", { exponential: { mean: 50 } }, 50],
  ])("%s has the mean that it says", (_, distribution, expected) => {
    const random = new Random("mean");
    expect(Math.abs(mean(many(() => draw(distribution, random))) / expected - 1)).toBeLessThan(0.05);
  });

  test("exponential has a longest time", () => {
    const random = new Random("max");
    expect(Math.max(...many(() => draw({ exponential: { mean: 50, max: 60 } }, random)))).toBe(60);
  });

  test("lognormal has the median and the 99th percentile that it says", () => {
    const random = new Random("log");
    const sorted = many(() => draw({ lognormal: { median: 20, p99: 200 } }, random)).toSorted((a, b) => a - b);
    expect(sorted[10_000]! / 20).toBeCloseTo(1, 1);
    expect(Math.abs(sorted[19_800]! / 200 - 1)).toBeLessThan(0.15);
  });
});

describe("the text of a scenario", () => {
  const data = () => new ScenarioData(3, 8, new Random("text"));

  test("has its placeholders replaced, and other braces left", () => {
    const text = textOf(
      "{{socket}} {{run}} {{ integer 5 5 }} {{pick a a}} {{text 4}} {{{x}}} {{unknown 1}} {}",
      data(),
    );
    expect(text).toMatch(/^3 8 5 a [A-Za-z0-9 ]{4} \{\{\{x\}\}\} \{\{unknown 1\}\} \{\}$/);
  });

  test("may be made by a function", () => {
    expect(textOf(({ socket }) => `no ${socket}`, data())).toBe("no 3");
  });

  test("is the same for the same seed, and of the size that was asked for", () => {
    expect(data().text(200_000)).toBe(data().text(200_000));
    expect(data().text(200_000)).toHaveLength(200_000);
    expect(data().text(100)).not.toBe(new ScenarioData(3, 8, new Random("other")).text(100));
  });
});
