import type { JsonValue, ToolDefinition } from "../../index.ts";

/** A text that declares no tools. The message says what was expected and what came. */
class ToolTextError extends Error {
  override readonly name = "ToolTextError";
}

type Fields = { readonly [name: string]: JsonValue };

/**
 * The tools that a text declares: one, or a list of them, in the form of `connect`, of MCP (`inputSchema`), or of the model
 * providers (`parameters`, `input_schema`, under `function` or not). Throws a {@link ToolTextError}.
 */
export function parseTools(text: string): ToolDefinition[] {
  const value = parseJson("tools", text);
  const list = Array.isArray(value)
    ? value
    : isObject(value) && Array.isArray(value["tools"])
      ? value["tools"]
      : [value];
  return list.map((item, index) => toolOf(item, list.length === 1 ? "tool" : `tools[${index}]`));
}

/** A schema that was typed; undefined for an empty text. `name` is that of its field. Throws a {@link ToolTextError}. */
export function parseSchema(name: string, text: string): { [keyword: string]: JsonValue } | undefined {
  if (text.trim() === "") return undefined;
  const value = parseJson(name, text);
  if (isObject(value)) return value;
  throw new ToolTextError(`${name}: expected an object, got ${excerpt(text)}`);
}

function toolOf(item: JsonValue, path: string): ToolDefinition {
  if (!isObject(item)) throw new ToolTextError(`${path}: expected an object, got ${excerpt(JSON.stringify(item))}`);
  const inner = item["function"];
  const fields: Fields = isObject(inner) ? inner : item;
  const { name, description = "", kind, timeoutMs } = fields;
  if (typeof name !== "string" || name === "") {
    throw new ToolTextError(`${path}.name: expected text, got ${excerpt(JSON.stringify(name) ?? "nothing")}`);
  }
  if (typeof description !== "string") {
    throw new ToolTextError(`${path}.description: expected text, got ${excerpt(JSON.stringify(description))}`);
  }
  return {
    name,
    description,
    kind: kind === "freeform" ? kind : undefined,
    inputSchema: schemaIn(fields, path, "inputSchema", "input_schema", "parameters"),
    outputSchema: schemaIn(fields, path, "outputSchema", "output_schema"),
    timeoutMs: typeof timeoutMs === "number" ? timeoutMs : undefined,
  };
}

/** The first of these fields that is there. */
function schemaIn(fields: Fields, path: string, ...names: string[]): { [keyword: string]: JsonValue } | undefined {
  for (const name of names) {
    const schema = fields[name];
    if (schema === undefined) continue;
    if (isObject(schema)) return schema;
    throw new ToolTextError(`${path}.${name}: expected an object, got ${excerpt(JSON.stringify(schema))}`);
  }
  return undefined;
}

function parseJson(name: string, text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (cause) {
    throw new ToolTextError(`${name}: expected JSON, got ${excerpt(text)} (${(cause as Error).message})`, { cause });
  }
}

function isObject(value: JsonValue | undefined): value is { [name: string]: JsonValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const excerpt = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text);
