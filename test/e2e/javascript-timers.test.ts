import { describe, expect, test } from "vitest";
import { sharedGateway } from "../support/running-gateway.ts";
import { CellTurn, textsOf } from "./cell-turn.ts";
import { ATTEMPT, sdkTurn } from "./sdk-turn.ts";

const gateway = sharedGateway();

async function run(source: string) {
  const turn = await sdkTurn(gateway());
  const outcome = await turn.run(source);
  return { texts: textsOf(outcome.content), error: outcome.error };
}

describe("J8: setTimeout", () => {
  test("returns a number of its own, and calls back with the arguments that it was given", async () => {
    const { texts } = await run(`
      const ids = [setTimeout(() => {}, 1), setTimeout(() => {}, 1), setTimeout(() => {})];
      text(ids.every((id) => typeof id === "number")); text(new Set(ids).size);
      await new Promise((resolve) => setTimeout((...args) => { text(args); text(String(this)); resolve() }, 1, "a", { b: 1 }));
    `);
    expect(texts).toEqual(["true", "3", '["a",{"b":1}]', "[object Object]"]);
  });

  test("waits as long as it was told, and not much longer", async () => {
    const { texts } = await run(`
      for (const ms of [1, 30, 80]) {
        const start = Date.now();
        await new Promise((resolve) => setTimeout(resolve, ms));
        const waited = Date.now() - start;
        text(waited >= ms && waited < ms + 2_000);
      }
    `);
    expect(texts).toEqual(["true", "true", "true"]);
  });

  test("calls back in the order in which timers are due and, where that is equal, in which they were made", async () => {
    const { texts } = await run(`
      const due = (name, ms) => setTimeout(() => text(name), ms);
      due("120 a", 120); due("40 a", 40); due("80 a", 80); due("40 b", 40); due("0 a", 0); due("120 b", 120); due("0 b");
      due("80 b", 80); due("40 c", 40);
      await new Promise((resolve) => setTimeout(resolve, 120));
    `);
    const order = ["0 a", "0 b", "40 a", "40 b", "40 c", "80 a", "80 b", "120 a", "120 b"];
    expect(texts).toEqual(order);
  });

  test("keeps that order when the cell was busy while all of them got due", async () => {
    const { texts } = await run(`
      const due = (name, ms) => setTimeout(() => text(name), ms);
      due("c", 30); due("b", 20); due("a", 10); due("d", 30);
      const start = Date.now(); while (Date.now() - start < 60);
      text("busy");
      await new Promise((resolve) => setTimeout(resolve, 1));
      text("end");
    `);
    expect(texts).toEqual(["busy", "a", "b", "c", "d", "end"]);
  });

  test("lets what a callback resolves go on before the next callback", async () => {
    const { texts } = await run(`
      let end; const done = new Promise((resolve) => { end = resolve });
      setTimeout(() => { text(1); Promise.resolve().then(() => text("then")) });
      setTimeout(() => { text(2); end() });
      await done;
    `);
    expect(texts).toEqual(["1", "then", "2"]);
  });

  test.for([
    ["none", ""],
    ["a negative one", ", -5"],
    ["no number", `, "soon"`],
    ["an object", ", {}"],
    ["null", ", null"],
    ["a string of digits", `, "2"`],
    ["a fraction", ", 0.4"],
  ])("takes %s as the shortest delay", async ([, delay]) => {
    const { texts, error } = await run(`
      setTimeout(() => text("long"), 5_000);
      await new Promise((resolve) => setTimeout(resolve${delay}));
      text("end");
    `);
    expect(error).toBeUndefined();
    expect(texts).toEqual(["end"]);
  });

  test("takes a delay that is too long for the longest", async () => {
    const { texts } = await run(`
      for (const ms of [Infinity, 2 ** 31, 1e300]) setTimeout(() => text("early"), ms);
      await new Promise((resolve) => setTimeout(resolve, 50));
      text("end");
    `);
    expect(texts).toEqual(["end"]);
  });

  test("takes nothing but a function", async () => {
    const { texts } = await run(
      `${ATTEMPT} for (const f of [undefined, null, "text(1)", {}, 5]) attempt(() => setTimeout(f, 1))`,
    );
    expect(texts).toEqual(Array(5).fill("setTimeout expects a function"));
  });
});

describe("J8: clearTimeout", () => {
  test("takes a timer back, one that is due in the same moment too", async () => {
    const { texts } = await run(`
      const first = setTimeout(() => text("never"), 10);
      clearTimeout(first);
      let second;
      setTimeout(() => { clearTimeout(second); text("cleared") }, 20);
      second = setTimeout(() => text("never"), 20);
      await new Promise((resolve) => setTimeout(resolve, 60));
    `);
    expect(texts).toEqual(["cleared"]);
  });

  test("ignores whatever is no timer of the cell", async () => {
    const { texts, error } = await run(`
      const fired = await new Promise((resolve) => { const id = setTimeout(() => resolve(id)) });
      for (const id of [fired, undefined, null, -1, 1e9, "1", {}, NaN, 1n, Symbol.iterator]) clearTimeout(id);
      clearTimeout();
      await new Promise((resolve) => setTimeout(resolve, 5));
      text("end");
    `);
    expect(error).toBeUndefined();
    expect(texts).toEqual(["end"]);
  });
});

describe("J8: a cell", () => {
  test("has at most 256 pending timers; those that fired or were cleared do not count", async () => {
    const { texts, error } = await run(`${ATTEMPT}
      const never = () => text("never");
      const ids = Array.from({ length: 256 }, () => setTimeout(never, 60_000));
      attempt(() => setTimeout(never, 1));
      clearTimeout(ids[0]);
      const fired = new Promise((resolve) => setTimeout(resolve, 1));
      attempt(() => setTimeout(never, 1));
      await fired;
      setTimeout(never, 60_000);
      attempt(() => setTimeout(never, 1));
      for (const id of ids) clearTimeout(id);
      for (let n = 0; n < 255; n++) setTimeout(never, 60_000);
      attempt(() => setTimeout(never, 1));
    `);
    expect(error).toBeUndefined();
    expect(texts).toEqual(Array(4).fill("a cell has at most 256 pending timers (timersPerCell)"));
  });

  test("fails by what a callback throws, with its place, and goes no further", async () => {
    const { texts, error } = await run(`
text("before");
setTimeout(() => {
  throw new RangeError("mine");
}, 5);
setTimeout(() => text("after"), 6);
await new Promise(() => {});`);
    expect(texts).toEqual(["before"]);
    expect(error).toMatchObject({ code: "script_error", line: 4, column: 9 });
    expect(error?.message).toMatch(/^RangeError: mine\n/);
  });

  test("is not kept alive by a pending timer", async () => {
    const turn = await CellTurn.open(gateway());
    const start = performance.now();
    const result = await turn.run(
      `setTimeout(() => text("late"), 60_000); setTimeout(() => text("late"), 1); text("end")`,
    );
    expect(textsOf(result.content)).toEqual(["end"]);
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});
