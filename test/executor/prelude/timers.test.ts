import { describe, expect, test } from "vitest";
import { runInIsolate, startIsolate, textsOf, valueOf } from "../isolate-run.ts";

/** Waits in the cell until a timer that was made last fires. */
const wait = (ms: number) => `await new Promise((done) => setTimeout(done, ${ms}))`;

describe("J8: timers", () => {
  test("J8: callbacks run in the order in which they are due, then in that of their making", async () => {
    const source = `
      for (const [name, ms] of [["a", 15], ["b", 5], ["c", 15], ["d", 0], ["e", 5]]) setTimeout(() => text(name), ms);
      ${wait(20)}`;
    expect(await textsOf(source)).toEqual(["d", "b", "e", "a", "c"]);
  });

  test("J8: setTimeout gives a number, and a different one each time", async () => {
    const source = `const ids = [setTimeout(() => 1, 9), setTimeout(() => 1)]; return [ids.map((id) => typeof id), new Set(ids).size]`;
    expect(await valueOf(source)).toEqual([["number", "number"], 2]);
  });

  test("J8: a timer waits as long as it was told, and passes its arguments", async () => {
    const source = `const at = Date.now(); const got = await new Promise((done) => setTimeout((...all) => done(all), 20, 1, "b"));
      return [...got, Date.now() - at >= 20]`;
    expect(await valueOf(source)).toEqual([1, "b", true]);
  });

  test.each(["undefined", "0", "-5", "NaN", `"1"`, "null", "1n", "{ valueOf: () => 1 }"])(
    "J8: a delay of %s is soon over",
    async (delay) => {
      expect(await textsOf(`await new Promise((done) => setTimeout(done, ${delay})); text("fired")`)).toEqual([
        "fired",
      ]);
    },
  );

  test.each(["Infinity", "1e300", "2 ** 31", "2 ** 53"])("J8: a delay of %s is not over at once", async (delay) => {
    expect(await textsOf(`setTimeout(() => text("never"), ${delay}); ${wait(5)}`)).toEqual([]);
  });

  test("J8: a timer that was cleared does not fire", async () => {
    const source = `const id = setTimeout(() => text("never"), 2); setTimeout(() => text("other"), 2); clearTimeout(id); ${wait(5)}`;
    expect(await textsOf(source)).toEqual(["other"]);
  });

  test.each(["undefined", "null", "{}", `"1"`, "99", "Symbol()", "1n"])(
    "J8: clearTimeout(%s) does nothing",
    async (id) => {
      expect(await textsOf(`setTimeout(() => text("fired"), 1); clearTimeout(${id}); ${wait(5)}`)).toEqual(["fired"]);
    },
  );

  test("J8: a timer may clear one that is due with it", async () => {
    const source = `setTimeout(() => { text("first"); clearTimeout(second) }, 3); const second = setTimeout(() => text("never"), 3); ${wait(8)}`;
    expect(await textsOf(source)).toEqual(["first"]);
  });

  test("J8: promises settle between two timers", async () => {
    const source = `setTimeout(() => { text("a"); Promise.resolve().then(() => text("b")) }, 2); setTimeout(() => text("c"), 2); ${wait(5)}`;
    expect(await textsOf(source)).toEqual(["a", "b", "c"]);
  });

  test("J8: a throw in a callback fails the cell, with its place", async () => {
    const { how, error, texts } = await runInIsolate(
      `setTimeout(() => {\n  throw new Error("in timer")\n}, 1);\nsetTimeout(() => text("never"), 3);\nawait new Promise(() => {})`,
    );
    expect([how, error?.line, error?.column, texts]).toEqual(["script_error", 2, 9, []]);
    expect(error?.message).toBe("Error: in timer\n    at cell.js:2:9");
  });

  test("J8: a rejection of a callback that is an async function is nobody's", async () => {
    expect(await textsOf(`setTimeout(async () => { throw 1 }, 1); ${wait(5)}; text("fine")`)).toEqual(["fine"]);
  });

  test("J8: a pending timer does not keep a cell alive", async () => {
    expect(await textsOf(`setTimeout(() => text("never"), 1e6); text("done")`)).toEqual(["done"]);
  });

  test("J8: a cell has at most 256 pending timers, and the next throws", async () => {
    const source = `let made = 0; try { for (;;) { setTimeout(() => 1, 1e6); made++ } } catch (e) { return [made, String(e), e.message === String(e)] }`;
    expect(await valueOf(source)).toEqual([256, "a cell has at most 256 pending timers (timersPerCell)", true]);
  });

  test("J8: a timer that fired or was cleared makes room for another", async () => {
    const source = `setTimeout(() => 1, 1e6); const id = setTimeout(() => 1, 1e6); clearTimeout(id);
      for (let i = 0; i < 20; i++) ${wait(0)}; return "room"`;
    expect(await valueOf(source, { limits: { timersPerCell: 2 } })).toBe("room");
  });

  test.each<[string, string]>([
    [`setTimeout()`, "setTimeout expects a function"],
    [`setTimeout("text(1)", 1)`, "setTimeout expects a function"],
    [`setTimeout(() => 1, Symbol())`, "setTimeout expects a number of milliseconds"],
  ])("J8, J11: %s is refused", async (call, message) => {
    const source = `try { ${call} } catch (e) { return [String(e), e.message === String(e), e instanceof Error] }`;
    expect(await valueOf(source)).toEqual([message, true, true]);
  });

  test("J8: a terminated cell fires no timer", async () => {
    const { record, isolate } = startIsolate(
      `setTimeout(() => text("never"), 5); text("up"); await new Promise(() => {})`,
    );
    await record.until(({ texts }) => texts.length > 0);
    isolate.terminate();
    expect((await record.ended).how).toBe("terminated");
    await textsOf(wait(10));
    expect(record.texts).toEqual(["up"]);
  });
});
