import { expect, test } from "vitest";
import { hasFailed } from "../../client/load/failure.ts";
import { emptyLedger } from "../../client/load/ledger.ts";
import { Random } from "../../client/load/random.ts";
import type { LoadResult } from "../../client/load/result.ts";
import { madeResult } from "./made-result.ts";

const good = madeResult({ random: new Random("x"), ms: () => 5 });

test.each<[string, Partial<LoadResult>, boolean]>([
  ["in which nothing went wrong has not", {}, false],
  ["that lost an answer has", { ledger: { ...emptyLedger(), unanswered: 1 } }, true],
  ["with an error has", { errors: [{ what: "x", count: 1, message: "" }] }, true],
  ["with a flow that did not end has", { flows: { begun: 1, notBegun: 0, notEnded: 1 } }, true],
  ["with a flow that never began has not", { flows: { begun: 1, notBegun: 1, notEnded: 0 } }, false],
  ["of which a condition holds has", { checks: [{ condition: "x", value: 1, failed: true }] }, true],
  [
    "whose outcomes are others than those of its trace has",
    {
      replay: { equal: 1, different: 1, skipped: 0, differences: [] },
    },
    true,
  ],
])("a load %s failed", (_, overrides, failed) => {
  expect(hasFailed({ ...good, ...overrides })).toBe(failed);
});
