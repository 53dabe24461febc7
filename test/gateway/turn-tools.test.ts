import { expect, test } from "vitest";
import { TurnTools } from "../../src/gateway/turn-tools.ts";
import { ToolSet } from "../../src/tools/tool-set.ts";

const setOf = (...names: string[]) => new ToolSet(names.map((name) => ({ name, description: "" })));
const many = (prefix: string, count: number) =>
  setOf(...Array.from({ length: count }, (_, index) => `${prefix}${index}`));

test("a turn answers for the tools that it declares, and for those that it declared before", () => {
  const tools = new TurnTools(setOf("a"));
  tools.replace(setOf("b"));
  tools.replace(setOf("c"));
  expect(["a", "b", "c", "d"].map((name) => tools.hasDeclared(name))).toEqual([true, true, true, false]);
});

test("of what it declared before, the latest 20,000 names are remembered", () => {
  const tools = new TurnTools(setOf("first", "again"));
  tools.replace(setOf("again"));
  tools.replace(many("x", 19_999));
  tools.replace(many("y", 20_000));
  const known = ["first", "again", "x0", "y0"].map((name) => tools.hasDeclared(name));
  expect(known).toEqual([false, true, true, true]);
});
