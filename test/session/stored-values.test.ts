import { describe, expect, test } from "vitest";
import { StoredValues, StoredValuesError, writesError } from "../../src/session/stored-values.ts";

const limits = { storedEntries: 3, storedValueBytes: 12, storedBytes: 20, storedNodes: 9, valueDepth: 2 };

/** Stored values, and a cell's writes to them. */
function setUp() {
  const stored = new StoredValues(limits);
  const write = (values: { [key: string]: unknown }) =>
    stored.commit(new Map(Object.entries(values).map(([key, value]) => [key, JSON.stringify(value)])));
  return { stored, write };
}

describe("a snapshot", () => {
  test("V1: has the JSON text of each value, and does not change with what is written later", () => {
    const { stored, write } = setUp();
    write({ a: [1], b: "x" });
    const snapshot = stored.snapshot();
    write({ a: 2 });
    expect([...snapshot]).toEqual([
      ["a", "[1]"],
      ["b", '"x"'],
    ]);
  });
});

describe("a commit", () => {
  test("V2: merges key by key, so that cells keep each other's keys", () => {
    const { stored, write } = setUp();
    write({ a: 1, b: 1 });
    write({ b: 2, c: 2 });
    expect(stored.toObject()).toEqual({ a: 1, b: 2, c: 2 });
  });

  test.each<[string, { [key: string]: unknown }, string]>([
    [
      "entries",
      { a: 1, b: 2, c: 3, d: 4 },
      'writes that were not stored: "d": expected at most 3 (storedEntries), got 4',
    ],
    ["bytes of a value with its key", { abc: "12345678" }, '"abc": expected at most 12 (storedValueBytes), got 13'],
    ["bytes of all", { a: "12345678", b: "12345678" }, '"b": expected at most 20 (storedBytes), got 22'],
    ["nodes of all", { a: [1, 2, 3], b: [1, 2, 3] }, '"b": expected at most 9 (storedNodes), got 10'],
    ["levels", { a: [[]], b: [[[]]] }, '"b": expected at most 2 (valueDepth), got 3'],
  ])("V5: drops the writes past the bound of %s, and the error names them", (_, values, message) => {
    const { stored, write } = setUp();
    const error = writesError(write(values));
    expect(error?.code).toBe("stored_values_limit");
    expect(error?.message).toContain(message);
    const kept = Object.fromEntries(Object.entries(values).filter(([key]) => !message.includes(`"${key}":`)));
    expect(stored.toObject()).toEqual(kept);
  });

  test("V5: keeps the earlier value of a key whose write does not fit, and stores those after it", () => {
    const { stored, write } = setUp();
    write({ a: 1 });
    expect([...write({ a: "x".repeat(20), b: 2 }).keys()]).toEqual(["a"]);
    expect(stored.toObject()).toEqual({ a: 1, b: 2 });
  });

  test("V5: names each of several keys in one error", () => {
    const { write } = setUp();
    const error = writesError(write({ a: "x".repeat(20), b: 1, c: "y".repeat(20) }));
    expect(error?.message).toBe(
      'writes that were not stored: "a": expected at most 12 (storedValueBytes), got 23; ' +
        '"c": expected at most 12 (storedValueBytes), got 23',
    );
  });

  test("V5: counts a value that replaces another only once, however often", () => {
    const { stored, write } = setUp();
    for (let round = 0; round < 100; round++) {
      expect(write({ a: "12345678" }).size).toBe(0);
      expect(write({ a: [1, 2, 3] }).size).toBe(0);
    }
    expect(write({ b: 1, c: 2 }).size).toBe(0);
    expect(stored.toObject()).toEqual({ a: [1, 2, 3], b: 1, c: 2 });
  });

  test("V5: without a refused write there is no error", () => {
    expect(writesError(setUp().write({ a: 1 }))).toBeUndefined();
  });
});

describe("what the host reads and replaces", () => {
  test("V4: every reading is a fresh copy", () => {
    const { stored, write } = setUp();
    write({ a: [1] });
    (stored.toObject()["a"] as number[]).push(2);
    expect(stored.toObject()).toEqual({ a: [1] });
  });

  test("V6: the whole map is replaced", () => {
    const { stored, write } = setUp();
    write({ a: 1 });
    stored.replace({ b: [2] });
    expect(stored.toObject()).toEqual({ b: [2] });
    expect([...stored.snapshot()]).toEqual([["b", "[2]"]]);
  });

  test("V6: a map past a bound replaces nothing, and the error gives key and limit", () => {
    const { stored, write } = setUp();
    write({ a: 1 });
    expect(() => stored.replace({ b: 2, deep: [[[]]] })).toThrow(StoredValuesError);
    expect(() => stored.replace({ b: 2, deep: [[[]]] })).toThrow(
      'values["deep"]: expected at most 2 (valueDepth), got 3',
    );
    expect(stored.toObject()).toEqual({ a: 1 });
  });

  test("V6: the bounds count from the new map", () => {
    const { stored, write } = setUp();
    write({ a: "12345678", b: "1234" });
    stored.replace({});
    expect(write({ c: "12345678" }).size).toBe(0);
    expect(stored.toObject()).toEqual({ c: "12345678" });
  });
});
