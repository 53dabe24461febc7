import { describe, expect, test } from "vitest";
import { helpers, toolCompletions } from "../../../client/dashboard/model/cell-helpers.ts";
import { parseSchema, parseTools } from "../../../client/dashboard/model/tool-text.ts";

const schema = { type: "object", properties: { q: { type: "string" } } };
const search = { name: "search", description: "finds", inputSchema: schema };

describe("pasted tools", () => {
  test.each([
    ["one tool", search],
    ["a list", [search]],
    ["the answer of an MCP server", { tools: [search] }],
    ["a model's form", [{ type: "function", function: { name: "search", description: "finds", parameters: schema } }]],
    ["another model's form", [{ name: "search", description: "finds", input_schema: schema }]],
  ])("are read from %s", (_, value) => {
    expect(parseTools(JSON.stringify(value))).toEqual([search]);
  });

  test("keep their kind, their time limit and the schema of their result", () => {
    const tool = { name: "ask", description: "", kind: "freeform", timeoutMs: 50, outputSchema: { type: "string" } };
    expect(parseTools(JSON.stringify(tool))).toEqual([tool]);
  });

  test.each([
    ["[", "tools: expected JSON, got ["],
    ["7", "tool: expected an object, got 7"],
    ['[{"name":"a"},{"description":"x"}]', "tools[1].name: expected text, got nothing"],
    ['{"name":"a","description":1}', "tool.description: expected text, got 1"],
    ['{"name":"a","parameters":"x"}', 'tool.parameters: expected an object, got "x"'],
  ])("%s is refused, and the message says where", (text, message) => {
    expect(() => parseTools(text)).toThrow(message);
  });
});

test("A schema is an object, or absent", () => {
  expect(parseSchema("input schema", " ")).toBeUndefined();
  expect(parseSchema("input schema", '{"type":"string"}')).toEqual({ type: "string" });
  expect(() => parseSchema("input schema", "[1]")).toThrow("input schema: expected an object, got [1]");
});

test("Tools are completed under the names that they have in a cell, with what they take", () => {
  const tools = [
    { name: "db-query", description: "asks", inputSchema: { ...schema, required: ["q"] } },
    { name: "list", description: "", inputSchema: schema },
    { name: "write", description: "", kind: "freeform" as const },
    { name: "any", description: "" },
  ];
  expect(toolCompletions(tools).map(({ name, signature }) => `${name}${signature}`)).toEqual([
    "db_query({ q })",
    "list({ q? })",
    "write(text)",
    "any(input)",
  ]);
});

test("What the editor completes is what docs/cells.md names", async () => {
  const { readFile } = await import("node:fs/promises");
  const rules = await readFile(new URL("../../../docs/cells.md", import.meta.url), "utf8");
  for (const { name } of helpers) expect(rules).toContain(`\`${name}`);
});
