import { describe, expect, test } from "vitest";
import { checkCondition, parseCondition } from "../../client/load/condition.ts";
import { Random } from "../../client/load/random.ts";
import { madeResult } from "./made-result.ts";

const result = madeResult({ random: new Random("x"), ms: () => 40, errors: { bad: 3 } });

describe("a condition", () => {
  test.each([
    ["execute.p99>50ms", false],
    ["execute.p99>39ms", true],
    ["execute.p99 >= 0.039s", true],
    ["execute.p99.9<30000us", false],
    ["execute.rate<100", false],
    ["execute.count<5000", true],
    ["errors>0", true],
    ["errors>3", false],
    ["lost>0", false],
    ["gateway.rss>121MiB", false],
    ["gateway.rss>0.1GiB", true],
    ["gateway.cpu>0.49", true],
  ])("%s: failed is %s", (text, failed) => {
    expect(checkCondition(parseCondition(text)!, result)).toMatchObject({ condition: text, failed });
  });

  test("has failed where there is no such number", () => {
    expect(checkCondition(parseCondition("wait.p50>1h")!, result)).toEqual({
      condition: "wait.p50>1h",
      value: undefined,
      failed: true,
    });
  });

  test.each(["", "execute", "execute.p98>1ms", "execute.p99=1", "execute.p99>1 parsec", "errors>x", "toString>1"])(
    "%j is none",
    (text) => {
      expect(parseCondition(text)).toBeUndefined();
    },
  );
});
