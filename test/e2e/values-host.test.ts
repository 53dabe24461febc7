import { describe, expect, test } from "vitest";
import { sharedGateway } from "../support/running-gateway.ts";
import { CellTurn, textsOf } from "./cell-turn.ts";
import { sdkTurn } from "./sdk-turn.ts";

const gateway = sharedGateway({
  limits: { storedEntries: 4, storedValueBytes: 1_000, storedBytes: 2_000, storedNodes: 500 },
});

const everything = {
  text: "é😀\n\0",
  number: -1.5,
  large: Number.MAX_SAFE_INTEGER,
  nested: [{ "": null, "a b": [true, false, []], constructor: {} }],
};

describe("V6: the host", () => {
  test.for(["cellgate.v1.msgpack", "cellgate.v1.json"] as const)(
    "replaces all stored values and reads them back by %s",
    async (subprotocol) => {
      const turn = await sdkTurn(gateway(), { subprotocol });
      await turn.run(`store("before", 1)`);
      await turn.replaceStoredValues(everything);
      expect(await turn.storedValues()).toEqual(everything);
      const outcome = await turn.run(`text(load("before")); return load("nested")`);
      expect(textsOf(outcome.content)).toEqual(["undefined", JSON.stringify(everything.nested)]);
      await turn.replaceStoredValues({});
      expect(await turn.storedValues()).toEqual({});
    },
  );

  test("carries a session's values over to another session", async () => {
    const [from, to] = await Promise.all([sdkTurn(gateway()), sdkTurn(gateway())]);
    await from.run(`store("k", { a: [1, 2] }); store("l", "x")`);
    await to.replaceStoredValues(await from.storedValues());
    expect((await to.run(`return [load("k"), load("l")]`)).text).toBe('[{"a":[1,2]},"x"]');
  });
});

describe("V6: a map that is not allowed is refused as a whole", () => {
  const list = (items: number) => Array.from({ length: items }, () => 0);

  test.for([
    [
      "of too many entries",
      { a: 1, b: 2, c: 3, d: 4, e: 5 },
      /^values\["e"\]: expected at most 4 \(storedEntries\), got 5$/,
    ],
    [
      "with a value that is too large",
      { a: 1, b: "x".repeat(1_000) },
      /^values\["b"\]: .*\(storedValueBytes\), got 1003$/,
    ],
    [
      "too large in all",
      { a: "x".repeat(900), b: "x".repeat(900), c: "x".repeat(900) },
      /^values\["c"\]: .*\(storedBytes\)/,
    ],
    ["of too many nodes", { a: list(300), b: list(300) }, /^values\["b"\]: .*\(storedNodes\)/],
  ] as const)("%s", async ([, values, message]) => {
    const turn = await sdkTurn(gateway());
    await turn.run(`store("k", "old")`);
    await expect(turn.replaceStoredValues(values)).rejects.toMatchObject({
      name: "RequestError",
      code: "bad_values",
      retryable: false,
      message: expect.stringMatching(message),
    });
    expect(await turn.storedValues()).toEqual({ k: "old" });
  });

  test.for([
    ["which is no map", [1], "replace_stored_values.values: expected an object"],
    ["with a value of 129 levels", { k: JSON.parse("[".repeat(129) + "]".repeat(129)) }, "at most 128 levels"],
  ] as const)("%s", async ([, values, message]) => {
    const turn = await CellTurn.open(gateway());
    await turn.run(`store("k", "old")`);
    const id = turn.ask({ type: "replace_stored_values", values });
    const error = await turn.next("error", { id });
    expect(error).toMatchObject({ code: "bad_frame", message: expect.stringContaining(message) });
    const read = turn.ask({ type: "stored_values" });
    expect((await turn.next("stored_values", { id: read })).values).toEqual({ k: "old" });
  });

  test("by the SDK before it is sent, where JSON cannot carry it", async () => {
    const turn = await sdkTurn(gateway());
    await turn.run(`store("k", "old")`);
    for (const [value, message] of [
      [{ a: [1n] }, "values.k.a[0]: expected a JSON value, got "],
      [JSON.parse('{"__proto__":1}'), "values.k.__proto__: expected any other key"],
      [new Map(), "values.k: expected a JSON value, got "],
    ]) {
      await expect(turn.replaceStoredValues({ k: value })).rejects.toMatchObject({
        name: "UnsentError",
        message: expect.stringContaining(message as string),
      });
    }
    expect(await turn.storedValues()).toEqual({ k: "old" });
  });
});

test("V6: cells that run keep what they saw, and their writes are merged into the new map", async () => {
  const turn = await CellTurn.open(gateway());
  await turn.run(`store("a", "old"); store("b", "old")`);
  const cell = await turn.startAndHold(
    `store("c", 1); await tools.hold(); text(load("a") + load("b") + load("d")); store("b", "cell")`,
  );
  const replace = turn.ask({ type: "replace_stored_values", values: { b: "host", d: "host" } });
  await turn.next("ok", { id: replace });
  turn.release(cell.callId);
  const result = await turn.next("result", { id: cell.id });
  expect(textsOf(result.content)).toEqual(["oldoldundefined"]);
  const read = turn.ask({ type: "stored_values" });
  expect((await turn.next("stored_values", { id: read })).values).toEqual({ b: "cell", c: 1, d: "host" });
});
