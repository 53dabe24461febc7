import { describe, expect, test } from "vitest";
import { ToolSet, ToolSetError } from "../../src/tools/tool-set.ts";

const named = (...names: string[]) => names.map((name) => ({ name, description: `does ${name}` }));

describe("a set of tools", () => {
  test("T2: lists the tools in the order of their declaration", () => {
    const tools = named("b", "a", "c");
    expect(new ToolSet(tools).list()).toEqual(tools);
  });

  test("T1: knows a tool by the name that the host gave it", () => {
    const set = new ToolSet(named("read-file"));
    expect(set.get("read-file")?.description).toBe("does read-file");
    expect(set.get("read_file")).toBeUndefined();
    expect(set.missing(["read-file", "write", "read_file"])).toEqual(["write", "read_file"]);
  });

  test("T1, T2: is narrowed to some names, in the order of their declaration", () => {
    const set = new ToolSet(named("a", "b", "c")).narrowed(["c", "a", "c"]);
    expect(set.list().map(({ name }) => name)).toEqual(["a", "c"]);
    expect(set.get("b")).toBeUndefined();
  });

  test("is empty where none is declared", () => {
    expect(new ToolSet([]).list()).toEqual([]);
  });
});

describe("T1: a set is refused", () => {
  test.each([
    [
      "with two tools of one normalised name",
      ["a-b", "x", "a_b"],
      'tools "a-b" and "a_b" are both called a_b in a cell',
    ],
    ["with one name twice", ["a", "a"], 'tools "a" and "a" are both called a in a cell'],
    ["with two names that digits make equal", ["1x", "_x"], 'tools "1x" and "_x" are both called _x in a cell'],
    ["with an empty name beside its normalised form", ["", "_"], 'tools "" and "_" are both called _ in a cell'],
    ["with a tool called __proto__", ["__proto__"], 'tool "__proto__": no tool may be called __proto__'],
    ["with a tool that would be called __proto__", ["--proto--"], 'tool "--proto--": no tool may be called __proto__'],
  ])("%s", (_, names, message) => {
    expect(() => new ToolSet(named(...names))).toThrow(ToolSetError);
    expect(() => new ToolSet(named(...names))).toThrow(message);
  });
});
