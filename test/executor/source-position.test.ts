import { describe, expect, test } from "vitest";
import { cleanStack, codeError, positionInStack, splitSyntaxError } from "../../src/executor/source-position.ts";

describe("the place in a stack", () => {
  test.each<[string, string, [number, number] | undefined]>([
    ["the innermost frame of the cell", "Error: x\n    at f (cell.js:2:9)\n    at cell.js:5:1", [2, 9]],
    ["a frame without a function", "Error: x\n    at cell.js:5:1", [5, 1]],
    ["a frame of an async function", "Error: x\n    at async g (cell.js:3:7)", [3, 7]],
    ["a method of a class", "Error: x\n    at new A.<anonymous> (cell.js:4:2)", [4, 2]],
    ["below built-ins", "TypeError: x\n    at JSON.parse (<anonymous>)\n    at cell.js:1:6", [1, 6]],
    [
      "below code of eval",
      "Error: x\n    at eval (eval at f (cell.js:9:9), <anonymous>:1:7)\n    at f (cell.js:2:3)",
      [2, 3],
    ],
    ["a function with a colon and a bracket in its name", "Error\n    at a:(1 (cell.js:6:5)", [6, 5]],
    ["none in code of eval alone", "Error: x\n    at eval (eval at f (cell.js:9:9), <anonymous>:1:7)", undefined],
    ["none in a message that only mentions the file", "Error: at cell.js:5:1", undefined],
    ["none in a string", "thrown", undefined],
    ["none in a file of another name", "Error: x\n    at notcell.js:5:1", undefined],
    ["none in front of the source", "Error: x\n    at cell.js:1:-27", undefined],
  ])("is %s", (_, stack, place) => {
    const position = positionInStack(stack);
    expect(position && [position.line, position.column]).toEqual(place);
  });
});

describe("the message of a syntax error", () => {
  test.each<[string, string, [number, number] | undefined]>([
    ["Unexpected token ';' [cell.js:2:9]", "Unexpected token ';'", [2, 9]],
    ["odd [cell.js:1:1] name [cell.js:3:4]", "odd [cell.js:1:1] name", [3, 4]],
    ["without a place", "without a place", undefined],
    ["Maximum call stack size exceeded [<isolated-vm>:0:0]", "Maximum call stack size exceeded", undefined],
  ])("%s is split into message and place", (given, message, place) => {
    const split = splitSyntaxError(given);
    expect(split.message).toBe(message);
    expect(split.position && [split.position.line, split.position.column]).toEqual(place);
  });
});

describe("a stack that leaves the executor", () => {
  test("has no frames but the cell's and the language's", () => {
    const stack = [
      "Error: prelude.js is mentioned, <isolated-vm boundary> too",
      "    at JSON.stringify (<anonymous>)",
      "    at textOf (prelude.js:5:3)",
      "    at f (cell.js:2:1)",
      "    at cell.js:9:1",
      "    at run (prelude.js:1:1)",
      "    at cell.js:1:-27",
      "    at (<isolated-vm boundary>)",
    ];
    const kept = [stack[0], stack[1], stack[3], stack[4]];
    expect(cleanStack(stack.join("\n"))).toBe(kept.join("\n"));
  });
});

describe("an error with its place", () => {
  const source = "one\ntwo two\nthree\nfour\nfive\nsix";

  test("has line, column and the lines around them with a caret (rule J10)", () => {
    expect(codeError("script_error", "boom", source, { line: 3, column: 2 })).toEqual({
      code: "script_error",
      message: "boom",
      line: 3,
      column: 2,
      frame: "  1 | one\n  2 | two two\n> 3 | three\n    |  ^\n  4 | four\n  5 | five",
    });
  });

  test.each<[string, string, number, number, string]>([
    ["the first line", "a\nb", 1, 1, "> 1 | a\n    | ^\n  2 | b"],
    ["the last line", "a\nb", 2, 1, "  1 | a\n> 2 | b\n    | ^"],
    ["one past the end of a line", "ab", 1, 3, "> 1 | ab\n    |   ^"],
    ["an empty source", "", 1, 1, "> 1 |\n    | ^"],
    ["line ends of two characters", "a\r\nb\r\nc", 2, 1, "  1 | a\n> 2 | b\n    | ^\n  3 | c"],
    ["line ends that only JavaScript knows", "a\u2028b\rc\u2029d", 3, 1, "  1 | a\n  2 | b\n> 3 | c\n    | ^\n  4 | d"],
  ])("shows %s", (_, text, line, column, frame) => {
    expect(codeError("syntax_error", "", text, { line, column }).frame).toBe(frame);
  });

  test("aligns line numbers of different widths", () => {
    const { frame } = codeError("script_error", "", "x\n".repeat(12), { line: 10, column: 1 });
    expect(frame).toBe("   8 | x\n   9 | x\n> 10 | x\n     | ^\n  11 | x\n  12 | x");
  });

  test("shows of a line of a megabyte the columns around the place", () => {
    const long = `${"x".repeat(500_000)}!${"y".repeat(500_000)}`;
    const { frame } = codeError("script_error", "", long, { line: 1, column: 500_001 });
    const [shown, caret] = frame!.split("\n");
    expect(shown!.length).toBeLessThan(200);
    expect(shown![caret!.indexOf("^")]).toBe("!");
  });

  test("cuts no character in two", () => {
    const { frame } = codeError("script_error", "", "🐴".repeat(200), { line: 1, column: 301 });
    expect(frame!.isWellFormed()).toBe(true);
  });

  test.each([
    ["a line that the source does not have", 7, 1],
    ["a column that the line does not have", 1, 5],
    ["a line beyond all numbers", Infinity, 1],
    ["a column beyond all numbers", 1, Infinity],
    ["a line that no integer can be", 1e300, 1],
  ])("has no place where that is %s, as a cell can throw any text", (_, line, column) => {
    expect(codeError("script_error", "boom", source, { line, column })).toEqual({
      code: "script_error",
      message: "boom",
    });
  });
});
