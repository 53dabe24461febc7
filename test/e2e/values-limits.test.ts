import { describe, expect, test } from "vitest";
import { sharedGateway } from "../support/running-gateway.ts";
import { CellTurn, textsOf } from "./cell-turn.ts";
import { ATTEMPT, sdkTurn } from "./sdk-turn.ts";

const small = sharedGateway({ limits: { storedEntries: 3, storedValueBytes: 100, storedBytes: 220, storedNodes: 60 } });

const large = sharedGateway();

describe("V5: store throws past a bound, and the error names it", () => {
  test.for([
    ["entries", `for (const key of "abcd") attempt(() => store(key, 1))`, "at most 3 values (storedEntries)"],
    [
      "bytes of a value",
      `attempt(() => store("d", "x".repeat(98)))`,
      "A value takes at most 100 bytes (storedValueBytes)",
    ],
    ["bytes of a value, in UTF-8", `attempt(() => store("d", "é".repeat(49)))`, "(storedValueBytes)"],
    ["bytes of a value, with its key", `attempt(() => store("d".repeat(99), 10))`, "(storedValueBytes)"],
    [
      "bytes in all",
      `for (const key of "abc") attempt(() => store(key, "x".repeat(80)))`,
      "at most 220 bytes (storedBytes)",
    ],
  ])("of %s", async ([, source, message]) => {
    const turn = await sdkTurn(small());
    const outcome = await turn.run(ATTEMPT + source);
    const refusals = textsOf(outcome.content).filter((text) => text !== "done");
    expect(refusals).toHaveLength(1);
    expect(refusals[0]).toMatch(/^Unable to store "d*[cd]"\. (A session stores|A value takes) /);
    expect(refusals[0]).toContain(message);
    expect(outcome.error).toBeUndefined();
    expect(Object.keys(await turn.storedValues())).not.toContain("d");
  });

  test("but not at it", async () => {
    const turn = await sdkTurn(small());
    const outcome = await turn.run(`
      store("a", "x".repeat(97)); store("b", "é".repeat(48)); store("c", "x".repeat(18));
    `);
    expect(outcome.error).toBeUndefined();
    expect(Object.keys(await turn.storedValues())).toEqual(["a", "b", "c"]);
  });

  test("and counts a key that is stored again once, with its last value", async () => {
    const turn = await sdkTurn(small());
    const outcome = await turn.run(`
      for (let n = 0; n < 50; n++) for (const key of "abc") store(key, "x".repeat(n));
      store("a", 1); store("b", "x".repeat(97)); store("c", "x".repeat(97));
    `);
    expect(outcome.error).toBeUndefined();
  });

  test("and counts what earlier cells stored", async () => {
    const turn = await sdkTurn(small());
    await turn.run(`store("a", "é".repeat(40)); store("b", "é".repeat(40))`);
    const outcome = await turn.run(
      `${ATTEMPT} attempt(() => store("c", "x".repeat(60))); attempt(() => store("a", 1))`,
    );
    expect(textsOf(outcome.content)).toEqual([
      'Unable to store "c". A session stores at most 220 bytes (storedBytes).',
      "done",
    ]);
  });
});

describe("V5: writes of cells side by side that exceed a bound together", () => {
  async function sideBySide(first: string, second: string) {
    const turn = await CellTurn.open(small());
    const one = await turn.startAndHold(`${first}; await tools.hold()`);
    const two = await turn.startAndHold(`${second}; await tools.hold()`);
    turn.release(one.callId);
    const firstResult = await turn.next("result", { id: one.id });
    expect(firstResult.error).toBeUndefined();
    turn.release(two.callId);
    const result = await turn.next("result", { id: two.id });
    const id = turn.ask({ type: "stored_values" });
    const { values } = await turn.next("stored_values", { id });
    return { error: result.error, values };
  }

  test("are dropped where they do not fit, and the outcome has an error that names their keys", async () => {
    const { error, values } = await sideBySide(
      `store("a", 1); store("b", 2)`,
      `for (const key of "wxb") store(key, key)`,
    );
    expect(error?.code).toBe("stored_values_limit");
    expect(error?.message).toMatch(/"x": .*\(storedEntries\)/);
    expect(error?.message).not.toMatch(/"[wb]":/);
    expect(values).toEqual({ a: 1, b: "b", w: "w" });
  });

  test("of bytes as of entries", async () => {
    const { error, values } = await sideBySide(
      `store("a", "x".repeat(80)); store("b", "x".repeat(80))`,
      `store("c", "x".repeat(80)); store("b", 1)`,
    );
    expect(error).toMatchObject({ code: "stored_values_limit", message: expect.stringMatching(/"c": .*storedBytes/) });
    expect(values).toEqual({ a: "x".repeat(80), b: 1 });
  });

  test("do not hide an error that the cell has already", async () => {
    const turn = await CellTurn.open(small());
    const cell = await turn.startAndHold(`store("d", 1); await tools.hold(); throw new Error("mine")`);
    const replace = turn.ask({ type: "replace_stored_values", values: { a: 1, b: 1, c: 1 } });
    await turn.next("ok", { id: replace });
    turn.release(cell.callId);
    const result = await turn.next("result", { id: cell.id });
    expect(result.error).toMatchObject({ code: "script_error", message: expect.stringContaining("mine") });
    const id = turn.ask({ type: "stored_values" });
    expect((await turn.next("stored_values", { id })).values).toEqual({ a: 1, b: 1, c: 1 });
  });
});

test("V5: an error that names keys is cut, so that keys of a megabyte do not cost the connection", async () => {
  const turn = await CellTurn.open(large());
  const cell = await turn.startAndHold(`
    for (const letter of "abc") store(letter.repeat(2 ** 20 - 10), 1);
    text("x".repeat(1_900_000));
    await tools.hold();
  `);
  await turn.run(`for (const letter of "xyz") store(letter, "v".repeat(2 ** 20 - 10))`);
  turn.release(cell.callId);
  const { error } = await turn.next("result", { id: cell.id });
  expect(error?.code).toBe("stored_values_limit");
  expect(Buffer.byteLength(error!.message)).toBeLessThanOrEqual(16 * 1024);
});

test("V5: the nodes of all values are counted at the commit alone", async () => {
  const turn = await sdkTurn(small());
  const outcome = await turn.run(
    `store("fits", Array(20).fill(0)); store("not", Array(45).fill(0)); text(load("not").length)`,
  );
  expect(outcome.text).toBe("45");
  expect(outcome.error).toMatchObject({
    code: "stored_values_limit",
    message: expect.stringMatching(/"not": .*storedNodes/),
  });
  expect(Object.keys(await turn.storedValues())).toEqual(["fits"]);
});

test("V5: welcome tells the bounds in force", async () => {
  const turn = await sdkTurn(small());
  expect(turn.limits).toMatchObject({ storedEntries: 3, storedValueBytes: 100, storedBytes: 220, storedNodes: 60 });
});

describe("V5: with the defaults", () => {
  test.for(["cellgate.v1.msgpack", "cellgate.v1.json"] as const)(
    "all that fits reaches the host by %s",
    async (subprotocol) => {
      const turn = await sdkTurn(large(), { subprotocol });
      // Each control character takes six bytes in JSON text: as many as fit in a megabyte, three times.
      const bytes = await turn.run(`
      const value = "\\u0001".repeat(Math.floor((2 ** 20 - 3) / 6));
      for (const key of "abc") store(key, value);
    `);
      expect(bytes.error).toBeUndefined();
      expect((await turn.storedValues())["c"]).toHaveLength(Math.floor((2 ** 20 - 3) / 6));
      await turn.replaceStoredValues({});
      const entries = await turn.run(
        `for (let n = 0; n < 1_024; n++) store("k" + n, n); ${ATTEMPT} attempt(() => store("k", 1))`,
      );
      expect(entries.text).toContain("at most 1024 values (storedEntries)");
      expect(Object.keys(await turn.storedValues())).toHaveLength(1_024);
      await turn.replaceStoredValues({});
      // A list of n items has n + 1 nodes, and its key is one more.
      const nodes = await turn.run(`store("a", Array(45_000).fill(0)); store("b", Array(44_996).fill(0))`);
      expect(nodes.error).toBeUndefined();
      expect((await turn.storedValues())["b"]).toHaveLength(44_996);
      const tooMany = await turn.run(`store("c", 0)`);
      expect(tooMany.error?.code).toBe("stored_values_limit");
    },
  );
});
