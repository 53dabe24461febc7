import { describe, expect, test } from "vitest";
import { fieldsOf, initialTexts, valueOf } from "../../../client/dashboard/model/schema-form.ts";
import type { JsonValue } from "../../../src/protocol/values.ts";

const city = {
  type: "object",
  properties: {
    name: { type: "string", title: "Name", description: "of the city" },
    people: { type: "integer" },
    area: { type: ["number", "null"] },
    capital: { type: "boolean" },
    size: { enum: ["small", "large", 3] },
    districts: { type: "array", items: { type: "string" } },
  },
  required: ["name", "people"],
};

describe("the fields of a schema", () => {
  test("are those of its properties", () => {
    expect(fieldsOf(city)).toEqual([
      { name: "name", label: "name", hint: "Name: of the city", isRequired: true, kind: "text" },
      { name: "people", label: "people", hint: "", isRequired: true, kind: "integer" },
      { name: "area", label: "area", hint: "", isRequired: false, kind: "number" },
      { name: "capital", label: "capital", hint: "", isRequired: false, kind: "boolean" },
      { name: "size", label: "size", hint: "", isRequired: false, kind: "choice", choices: ["small", "large", 3] },
      { name: "districts", label: "districts", hint: "", isRequired: false, kind: "json" },
    ]);
  });

  test.each<[string, JsonValue | undefined, string]>([
    ["a number", { type: "number" }, "number"],
    ["a text", { type: "string" }, "text"],
    ["an object of any properties", { type: "object" }, "json"],
    ["no schema", undefined, "json"],
    ["a schema that allows everything", true, "json"],
  ])("of %s are one, for the whole value", (_, schema, kind) => {
    expect(fieldsOf(schema)).toMatchObject([{ name: "", label: "value", kind }]);
  });
});

describe("what the fields say", () => {
  const value = (texts: Record<string, string>) => valueOf(fieldsOf(city), texts);

  test("is a value as the schema describes it", () => {
    const texts = { name: "7", people: "700000", area: "1.5", capital: "true", size: '"large"', districts: '["a"]' };
    expect(value(texts)).toEqual({
      name: "7",
      people: 700_000,
      area: 1.5,
      capital: true,
      size: "large",
      districts: ["a"],
    });
  });

  test("leaves out what may be absent and is empty", () => {
    expect(value({ name: "", people: "1" })).toEqual({ name: "", people: 1 });
  });

  test.each([
    [{ name: "x" }, "people: expected a value, got none"],
    [{ name: "x", people: "1.5" }, "people: expected a whole number, got 1.5"],
    [{ name: "x", people: "many" }, "people: expected a whole number, got many"],
    [{ name: "x", people: "1", area: "[]" }, "area: expected a number, got []"],
    [{ name: "x", people: "1", capital: "1" }, "capital: expected true or false, got 1"],
    [{ name: "x", people: "1", districts: "[" }, "districts: expected JSON"],
  ])("of %j is refused", (texts, message) => {
    expect(() => value(texts)).toThrow(message);
  });

  test("is the whole value where there is one field, or nothing where that is empty", () => {
    expect(valueOf(fieldsOf({ type: "number" }), { "": "21.5" })).toBe(21.5);
    expect(valueOf(fieldsOf({ type: "string" }), { "": '"quoted"' })).toBe('"quoted"');
    expect(valueOf(fieldsOf(undefined), { "": "null" })).toBeNull();
    expect(valueOf(fieldsOf(undefined), {})).toBeUndefined();
  });
});

test("The fields show defaults and examples at first, which are read back as they are", () => {
  const schema = {
    type: "object",
    properties: {
      name: { type: "string", default: "Oslo" },
      size: { enum: ["small", "large"], default: "large" },
      people: { type: "integer", examples: [5] },
      tags: { type: "array", default: ["a"] },
      other: { type: "string" },
    },
  };
  const texts = initialTexts(schema);
  expect(texts).toMatchObject({ name: "Oslo", people: "5", other: "" });
  expect(valueOf(fieldsOf(schema), texts)).toEqual({ name: "Oslo", size: "large", people: 5, tags: ["a"] });
});
