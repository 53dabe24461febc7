import type { JsonValue, ToolDefinition } from "../../index.ts";
import { toolIdentifier } from "../../../src/tools/tool-identifier.ts";

/** Something that code in a cell may call. */
export interface Helper {
  readonly name: string;
  /** How it is called. */
  readonly signature: string;
  readonly info: string;
}

/** What every cell has besides the language itself. */
export const helpers: readonly Helper[] = [
  { name: "text", signature: "(value)", info: "puts out text; what is no string as JSON" },
  { name: "image", signature: "(value, detail?)", info: "puts out an image: a data URL, or an address" },
  { name: "tools", signature: "", info: "the tools of the agent: each is a function that gives a promise" },
  { name: "ALL_TOOLS", signature: "", info: "name and description of each tool" },
  { name: "store", signature: "(key, value)", info: "keeps a value for later cells of the session" },
  { name: "load", signature: "(key)", info: "a value that was stored; undefined where there is none" },
  { name: "notify", signature: "(text)", info: "tells the agent something at once" },
  { name: "yield_control", signature: "()", info: "lets the agent go on while the cell runs" },
  { name: "exit", signature: "()", info: "ends the cell, successfully" },
  { name: "setTimeout", signature: "(callback, ms?)", info: "calls back later; gives an id" },
  { name: "clearTimeout", signature: "(id)", info: "takes a timer back" },
];

/** The declared tools as cells know them. */
export function toolCompletions(tools: readonly ToolDefinition[]): Helper[] {
  return tools.map(({ name, description, kind, inputSchema }) => ({
    name: toolIdentifier(name),
    signature: kind === "freeform" ? "(text)" : `(${inputOf(inputSchema)})`,
    info: description,
  }));
}

/** The input as one would write it: `{ city, days? }`. */
function inputOf(schema: { readonly [keyword: string]: JsonValue } | undefined): string {
  const properties = schema?.["properties"];
  if (typeof properties !== "object" || properties === null || Array.isArray(properties)) return "input";
  const required = schema?.["required"];
  const needed = new Set(Array.isArray(required) ? required : []);
  const names = Object.keys(properties).map((name) => (needed.has(name) ? name : `${name}?`));
  return names.length === 0 ? "" : `{ ${names.join(", ")} }`;
}
