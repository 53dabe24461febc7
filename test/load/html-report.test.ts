import { describe, expect, test } from "vitest";
import { Random } from "../../client/load/random.ts";
import { htmlReport } from "../../client/load/report/html-report.ts";
import { loadPlots } from "../../client/load/report/load-plots.ts";
import { exactScale, linearScale, logScale } from "../../client/load/report/scale.ts";
import { madeResult } from "./made-result.ts";

const result = madeResult({
  random: new Random("x"),
  ms: (random) => 2 + random.next() * 20,
  errors: { "cell script_error": 3 },
  overrides: {
    doubts: ["something & more"],
    checks: [{ condition: "execute.p99>5ms", value: 21, failed: true }],
  },
});

describe("the report", () => {
  const page = htmlReport(result);

  test("needs no other file, no script and no network", () => {
    expect(page).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|https?:/);
  });

  test("shows time, percentiles, throughput, errors, CPU, memory, traffic, sockets and the strain of the client", () => {
    expect(loadPlots(result).map(({ title }) => title)).toEqual([
      "Time of execute",
      "How many took how long",
      "Throughput",
      "Errors",
      "CPU of the gateway",
      "Memory of the gateway",
      "What came",
      "Sockets",
      "Strain of the client itself",
    ]);
    expect(page.match(/<svg /g)).toHaveLength(9);
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
  });

  test("has a dash for a percentile that there are too few samples for", () => {
    expect(page).not.toContain("–</dd>");
    const rare = madeResult({ random: new Random("x"), seconds: 9, perSecond: 11, ms: () => 5 });
    const { description } = loadPlots(rare)[0]!;
    expect(htmlReport(rare)).toContain('<dt>99th percentile</dt><dd class="">–</dd>');
    expect(description).toMatch(/^median 5\.0\d ms, 99th percentile –$/);
  });

  test("says what failed and what is doubtful, and escapes what it is given", () => {
    expect(page).toContain("<b>failed:</b> execute.p99&gt;5ms; it is 21.0");
    expect(page).toContain("something &amp; more");
    expect(page).toContain("a &lt;cpu&gt;");
    expect(page).toContain("&lt;cell script_error&gt;");
  });

  test("has colours for light and for dark", () => {
    expect(page).toMatch(/:root\{color-scheme:light dark;--ink:/);
    expect(page).toMatch(/@media \(prefers-color-scheme:dark\)\{:root\{--ink:/);
  });

  test("of a load in which nothing was measured is a page all the same", () => {
    const nothing = { ...result, metrics: [], timeline: [], errors: [] };
    expect(htmlReport(nothing)).toContain("<h1>noop</h1>");
  });
});

describe("a scale", () => {
  test("has round ticks that hold all values", () => {
    expect(linearScale(0, 37, 5).ticks).toEqual([0, 10, 20, 30, 40]);
    expect(linearScale(0, 37).at(20)).toBeCloseTo(0.5);
    expect(linearScale(0, 0).at(0)).toBe(0);
    expect(logScale(0.3, 250).ticks.map((tick) => Number(tick.toPrecision(3)))).toEqual([0.1, 1, 10, 100, 1000]);
    expect(logScale(2, 50).ticks).toEqual([1, 2, 5, 10, 20, 50, 100]);
    expect(logScale(1, 100).at(10)).toBeCloseTo(0.5);
    expect(exactScale(0, 27).ticks).toEqual([0, 5, 10, 15, 20, 25]);
    expect(exactScale(0, 27).at(27)).toBe(1);
  });
});
