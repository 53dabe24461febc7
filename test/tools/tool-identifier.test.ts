import { expect, test } from "vitest";
import { toolIdentifier } from "../../src/tools/tool-identifier.ts";

test.each([
  ["read_file", "read_file"],
  ["$jQuery2", "$jQuery2"],
  ["read-file", "read_file"],
  ["mcp.server/tool", "mcp_server_tool"],
  ["1password", "_password"],
  ["a1", "a1"],
  ["12", "_2"],
  ["größe", "gr__e"],
  ["😀", "_"],
  ["a b\nc", "a_b_c"],
  ["\n1", "_1"],
  ["", "_"],
  ["constructor", "constructor"],
])("T1: the tool %j stands under %s", (name, identifier) => {
  expect(toolIdentifier(name)).toBe(identifier);
});
