import type { JsonValue } from "../../index.ts";

/** JSON Schema, as far as a form is made of it. */
type Schema = { readonly [keyword: string]: JsonValue };

/** One field of a form. What no simple field can hold is written as JSON. */
export type FormField = {
  /** Property; empty: the whole value. */
  readonly name: string;
  readonly label: string;
  readonly hint: string;
  readonly isRequired: boolean;
} & (
  | { readonly kind: "text" | "number" | "integer" | "boolean" | "json" }
  | { readonly kind: "choice"; readonly choices: readonly JsonValue[] }
);

/** What stands in the fields, by their names. An empty text is an absent property. */
export type FormTexts = { readonly [name: string]: string };

/** A field holds what its kind cannot be. */
class FormError extends Error {
  override readonly name = "FormError";
}

/**
 * The fields for a value that a schema describes: one for each property of an object, else one for the whole value.
 * Without a schema the value is written as JSON.
 */
export function fieldsOf(schema: JsonValue | undefined): FormField[] {
  if (!isSchema(schema)) return [fieldOf("", "value", {}, true)];
  const { properties, required } = schema;
  if (!isSchema(properties) || Object.keys(properties).length === 0) return [fieldOf("", "value", schema, true)];
  const needed = new Set(Array.isArray(required) ? required : []);
  return Object.entries(properties).map(([name, property]) => {
    return fieldOf(name, name, isSchema(property) ? property : {}, needed.has(name));
  });
}

/** What the fields show at first: the schema's default or example. */
export function initialTexts(schema: JsonValue | undefined): FormTexts {
  const whole = isSchema(schema) ? schema : {};
  const properties = isSchema(whole["properties"]) ? whole["properties"] : {};
  return Object.fromEntries(
    fieldsOf(schema).map((field) => {
      const described = field.name === "" ? whole : properties[field.name];
      const value = isSchema(described)
        ? (described["default"] ?? firstOf(described["examples"]) ?? described["const"])
        : undefined;
      return [field.name, value === undefined ? "" : textOf(field, value)];
    }),
  );
}

/** The value that the fields say; undefined where a form of one field is empty. Throws an error that says what was expected and what came. */
export function valueOf(fields: readonly FormField[], texts: FormTexts): JsonValue | undefined {
  const [first] = fields;
  if (first?.name === "") return parseField(first, texts[""] ?? "");
  const value: { [name: string]: JsonValue } = {};
  for (const field of fields) {
    const parsed = parseField(field, texts[field.name] ?? "");
    if (parsed !== undefined) value[field.name] = parsed;
    else if (field.isRequired && field.kind !== "text")
      throw new FormError(`${field.label}: expected a value, got none`);
    else if (field.isRequired) value[field.name] = "";
  }
  return value;
}

/** A value as a field shows it. `valueOf` gives the value back. */
function textOf(field: FormField, value: JsonValue): string {
  return field.kind === "text" && typeof value === "string"
    ? value
    : JSON.stringify(value, null, field.kind === "json" ? 2 : 0);
}

function fieldOf(name: string, label: string, schema: Schema, isRequired: boolean): FormField {
  const { description, title, enum: choices } = schema;
  const hint = [title, description].filter((text) => typeof text === "string").join(": ");
  const common = { name, label, hint, isRequired };
  if (Array.isArray(choices) && choices.length > 0) return { ...common, kind: "choice", choices };
  const type = Array.isArray(schema["type"]) ? schema["type"].find((one) => one !== "null") : schema["type"];
  switch (type) {
    case "string":
      return { ...common, kind: "text" };
    case "number":
    case "integer":
    case "boolean":
      return { ...common, kind: type };
    default:
      return { ...common, kind: "json" };
  }
}

function parseField(field: FormField, text: string): JsonValue | undefined {
  if (field.kind === "text") return text === "" && field.name !== "" ? undefined : text;
  if (text.trim() === "") return undefined;
  const value = parseJson(field, text);
  if (field.kind === "number" && typeof value !== "number") throw wrong(field, "a number", text);
  if (field.kind === "integer" && !Number.isInteger(value)) throw wrong(field, "a whole number", text);
  if (field.kind === "boolean" && typeof value !== "boolean") throw wrong(field, "true or false", text);
  return value;
}

function parseJson(field: FormField, text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (cause) {
    const expected =
      field.kind === "json"
        ? `JSON (${(cause as Error).message})`
        : field.kind === "number"
          ? "a number"
          : field.kind === "integer"
            ? "a whole number"
            : "one of the choices";
    throw new FormError(`${field.label}: expected ${expected}, got ${excerpt(text)}`, { cause });
  }
}

function wrong(field: FormField, expected: string, text: string): FormError {
  return new FormError(`${field.label}: expected ${expected}, got ${excerpt(text)}`);
}

const excerpt = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text);

function firstOf(value: JsonValue | undefined): JsonValue | undefined {
  return Array.isArray(value) ? value[0] : undefined;
}

function isSchema(value: JsonValue | undefined): value is { [keyword: string]: JsonValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
