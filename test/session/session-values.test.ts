import { describe, expect, test } from "vitest";
import type { CellEnd } from "../../src/executor/executor.ts";
import { lost, result, stopped } from "./cell-fixture.ts";
import { openSession, refusalOf } from "./session-fixture.ts";

describe("V1: what a cell sees", () => {
  test("V1: are the values as they were when it started", () => {
    const { run, session } = openSession();
    session.replaceStoredValues({ a: [1] });
    const early = run();
    early.write("a", 2);
    early.end();
    const late = run();
    expect([...early.start.storedValues]).toEqual([["a", "[1]"]]);
    expect([...late.start.storedValues]).toEqual([["a", "2"]]);
  });

  test("V1: are those of its own session", () => {
    const { session } = openSession();
    session.replaceStoredValues({ a: 1 });
    expect([...openSession().run().start.storedValues]).toEqual([]);
  });
});

describe("V2: the writes of a cell", () => {
  test("V2: wait until it ends, and the last one of a key counts", () => {
    const { run, session } = openSession();
    const cell = run();
    cell.write("a", 1);
    cell.write("a", 2);
    expect(session.storedValues()).toEqual({});
    cell.end();
    expect(session.storedValues()).toEqual({ a: 2 });
  });

  test("V2: are merged key by key with those of cells that ran beside it", () => {
    const { run, session } = openSession();
    const [first, second] = [run(), run()];
    first.write("a", "first");
    second.write("b", "second");
    first.write("c", "first");
    second.write("c", "second");
    second.end();
    first.end();
    expect(session.storedValues()).toEqual({ a: "first", b: "second", c: "first" });
  });

  test.each<[string, CellEnd]>([
    ["an error", { how: "failed", error: { code: "script_error", message: "Error: no" } }],
    ["executor_lost (C14)", lost],
    ["its own end", { how: "finished" }],
  ])("V2: are merged after %s", (_, end) => {
    const { run, session } = openSession();
    const cell = run();
    cell.write("a", 1);
    cell.end(end);
    expect(session.storedValues()).toEqual({ a: 1 });
  });

  test("V2: are merged after a limit, even if terminate came after it", () => {
    const { clock, run, session, terminate } = openSession();
    const cell = run({ maxWallMs: 100 });
    cell.write("a", 1);
    clock.advance(100);
    terminate(cell);
    cell.end(stopped);
    expect(session.storedValues()).toEqual({ a: 1 });
  });

  test.each<[string, CellEnd]>([
    ["the isolate is stopped", stopped],
    ["the code ends by itself first", { how: "finished" }],
    ["the executor is lost first", lost],
  ])("V2: are discarded by terminate, and if %s too", (_, end) => {
    const { run, session, terminate } = openSession();
    const cell = run();
    cell.write("a", 1);
    const terminator = terminate(cell);
    cell.write("b", 2);
    cell.end(end);
    expect(session.storedValues()).toEqual({});
    expect(terminator.got[0]?.kind).toBe("terminated");
  });

  test("V2: are there before the outcome is told", () => {
    const { run, session, wait } = openSession();
    const cell = run();
    cell.write("a", 1);
    const seen: unknown[] = [];
    const waiter = wait(cell);
    Object.assign(waiter, { answer: () => seen.push(session.storedValues()) });
    cell.end();
    expect(seen).toEqual([{ a: 1 }]);
  });
});

describe("V5: cells that exceed the bounds together", () => {
  test("V5: keep the writes that fit, and the outcome names the keys of the others", () => {
    const { run, session, wait } = openSession({ storedEntries: 2 });
    const [first, second] = [run(), run()];
    first.write("a", 1);
    second.write("b", 2);
    second.write("c", 3);
    first.end();
    second.end();
    const message = 'writes that were not stored: "c": expected at most 2 (storedEntries), got 3';
    expect(wait(first).got).toEqual([result()]);
    expect(wait(second).got).toEqual([{ ...result(), error: { code: "stored_values_limit", message } }]);
    expect(session.storedValues()).toEqual({ a: 1, b: 2 });
  });
});

describe("V3, V4, V6: the host's access", () => {
  test("V6: it reads and replaces the whole map; cells that run keep what they see and what they wrote", () => {
    const { run, session } = openSession();
    session.replaceStoredValues({ a: 1, b: { c: ["é", null, true] } });
    expect(session.storedValues()).toEqual({ a: 1, b: { c: ["é", null, true] } });
    const cell = run();
    cell.write("own", 3);
    session.replaceStoredValues({ z: 2 });
    cell.end();
    expect(session.storedValues()).toEqual({ z: 2, own: 3 });
  });

  test("V6: one session's map carried to another gives the same snapshot", () => {
    const [from, to] = [openSession(), openSession()];
    const cell = from.run();
    cell.write("a", { deep: [1, "two", null] });
    cell.end();
    to.session.replaceStoredValues(from.session.storedValues());
    expect(to.run().start.storedValues).toEqual(from.run().start.storedValues);
  });

  test("V3: a map with a value that is too deep replaces nothing", () => {
    const { session } = openSession();
    session.replaceStoredValues({ a: 1 });
    const deep = (levels: number) => JSON.parse(`${"[".repeat(levels)}${"]".repeat(levels)}`) as [];
    expect(refusalOf(() => session.replaceStoredValues({ b: deep(129) }))).toMatchObject({
      code: "bad_values",
      message: 'values["b"]: expected at most 128 (valueDepth), got 129',
    });
    expect(session.storedValues()).toEqual({ a: 1 });
    session.replaceStoredValues({ b: deep(128) });
  });

  test("V5: a map that is too large replaces nothing", () => {
    const { session } = openSession();
    expect(refusalOf(() => session.replaceStoredValues({ big: "x".repeat(1 << 20) })).code).toBe("bad_values");
    expect(session.storedValues()).toEqual({});
  });

  test("V4: what the host reads is its own copy", () => {
    const { session } = openSession();
    session.replaceStoredValues({ a: [1] });
    (session.storedValues()["a"] as number[]).push(2);
    expect(session.storedValues()).toEqual({ a: [1] });
  });
});
