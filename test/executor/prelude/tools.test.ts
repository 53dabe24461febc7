import { describe, expect, test } from "vitest";
import type { CallAnswer } from "../../../src/executor/executor.ts";
import { echo } from "../cell-record.ts";
import { runInIsolate, startIsolate, textsOf, valueOf } from "../isolate-run.ts";

const refuse = (answer: Extract<CallAnswer, { ok: false }>) => ({
  tools: ["f"],
  answer: (_: unknown, reply: (answer: CallAnswer) => void) => reply(answer),
});

describe("T1: tools", () => {
  test("T1: each is a function on tools that gives a promise, and can be neither replaced nor added", async () => {
    const source = `
      const failures = [];
      for (const change of [() => { tools.a = 1 }, () => { tools.c = 1 }, () => { delete tools.a }])
        try { change(); failures.push(String(change)) } catch {}
      return [Object.keys(tools), tools.a.name, tools.a() instanceof Promise, failures]`;
    expect(await valueOf(source, { tools: ["a", "b_2"] })).toEqual([["a", "b_2"], "a", true, []]);
  });

  test("T1: names of the language's own are names like any other", async () => {
    const names = ["constructor", "toString", "hasOwnProperty", "then", "valueOf", "_", "$"];
    const source = `return [Object.keys(tools), await Promise.all(Object.keys(tools).map((name) => tools[name](name)))]`;
    expect(await valueOf(source, { tools: names, answer: echo })).toEqual([names, names]);
    expect(await valueOf(`return ["toString", "constructor", "x"].map((name) => typeof tools[name])`)).toEqual(
      Array(3).fill("undefined"),
    );
  });

  test("T2: ALL_TOOLS lists name and description in order, and cannot be changed", async () => {
    const tools = ["z", "a"].map((identifier) => ({
      identifier,
      description: `does ${identifier}`,
      kind: "function" as const,
    }));
    const source = `
      try { ALL_TOOLS.push(1); return "changed" } catch {}
      try { ALL_TOOLS[0].name = "x"; return "changed" } catch {}
      return [ALL_TOOLS, Array.isArray(ALL_TOOLS), ALL_TOOLS.map(({ name }) => name)]`;
    expect(await valueOf(source, { tools })).toEqual([
      [
        { name: "z", description: "does z" },
        { name: "a", description: "does a" },
      ],
      true,
      ["z", "a"],
    ]);
  });
});

describe("T3: input", () => {
  test("T3: only the first argument counts, and none means that it is absent", async () => {
    const { events } = await runInIsolate(`tools.f(); tools.f(undefined); tools.f({ a: 1 }, 2); tools.f(null)`, {
      tools: ["f"],
    });
    expect(events.slice(1, -1)).toEqual([
      { type: "tool_call", call: 1, tool: "f", input: undefined },
      { type: "tool_call", call: 2, tool: "f", input: undefined },
      { type: "tool_call", call: 3, tool: "f", input: '{"a":1}' },
      { type: "tool_call", call: 4, tool: "f", input: "null" },
    ]);
  });

  test.each<[string, string]>([
    [`{ a: 1n }`, "tools.f: the input must be a JSON value: value.a is a BigInt"],
    [`() => 1`, "tools.f: the input must be a JSON value: value is a function"],
    [
      `JSON.parse('{"__proto__": 1}')`,
      "tools.f: the input must be a JSON value: value.__proto__ is a key that is not allowed",
    ],
    [
      `(() => { const o = {}; o.o = o; return o })()`,
      "tools.f: the input must be a JSON value: value.o contains itself",
    ],
  ])("T3, T5: an input of %s rejects with a ToolError and calls nothing", async (input, message) => {
    const source = `try { await tools.f(${input}) } catch (e) { return [e instanceof Error, e.name, String(e), e.message, e.tool, e.code] }`;
    const { events, texts } = await runInIsolate(`return JSON.stringify(await (async () => {${source}})())`, {
      tools: ["f"],
    });
    expect(JSON.parse(texts[0]!)).toEqual([true, "ToolError", message, message, "f", "invalid_input"]);
    expect(events.some(({ type }) => type === "tool_call")).toBe(false);
  });

  test("T3: a call that is refused does so by its promise and not by a throw", async () => {
    expect(
      await valueOf(
        `let p; try { p = tools.f(1n) } catch { return "threw" } await p.catch(() => 1); return "rejected"`,
        { tools: ["f"] },
      ),
    ).toBe("rejected");
  });

  test("T3: an input larger than a frame rejects, counted in UTF-8", async () => {
    const limits = { frameBytes: 100 };
    const source = `const codes = []; for (const input of ["x".repeat(98), "x".repeat(99), "€".repeat(32), "€".repeat(33)])
      await tools.f(input).then(() => codes.push("ok"), (e) => codes.push(e.code)); return codes`;
    expect(await valueOf(source, { tools: ["f"], answer: echo, limits })).toEqual([
      "ok",
      "input_too_large",
      "ok",
      "input_too_large",
    ]);
  });

  test("T3: a freeform tool takes a string and nothing else", async () => {
    const tools = [{ identifier: "f", description: "", kind: "freeform" as const }];
    const source = `return [await tools.f("raw"), await tools.f({}).catch(String), await tools.f().catch((e) => e.code)]`;
    expect(await valueOf(source, { tools, answer: echo })).toEqual([
      "raw",
      "tools.f: expects a string, since it is a freeform tool",
      "invalid_input",
    ]);
  });
});

describe("T4: calls run side by side", () => {
  test("T4: all calls are made before any is answered, and answers may come in any order", async () => {
    const { record } = startIsolate(`return (await Promise.all([1, 2, 3].map((n) => tools.f(n)))).join()`, {
      tools: ["f"],
    });
    await record.until(({ events }) => events.length === 4);
    for (const call of [3, 1, 2]) record.running!.answer(call, { ok: true, json: `"answer ${call}"` });
    await record.ended;
    expect(record.texts).toEqual(["answer 1,answer 2,answer 3"]);
  });

  test("T4: calls beyond the limit wait in the cell, in order, and none is refused", async () => {
    const source = `return (await Promise.all(Array.from({ length: 10 }, (_, n) => tools.f(n)))).join()`;
    const { record } = startIsolate(source, { tools: ["f"], limits: { callsPerCell: 4 } });
    const calls = () => record.events.flatMap((event) => (event.type === "tool_call" ? [event.input] : []));
    await record.until(() => calls().length === 4);
    for (let answered = 1; answered <= 10; answered++) {
      // One is answered, and exactly one more comes.
      record.running!.answer(answered, { ok: true, json: `${answered}` });
      const expected = Math.min(10, 4 + answered);
      await record.until(({ events }) => calls().length === expected || events.at(-1)?.type === "ended");
      expect(calls()).toHaveLength(expected);
    }
    await record.ended;
    expect(calls()).toEqual(Array.from({ length: 10 }, (_, n) => `${n}`));
    expect(record.texts).toEqual(["1,2,3,4,5,6,7,8,9,10"]);
  });

  test("T4: calls whose inputs are too many bytes together wait in the cell, however few they are", async () => {
    const source = `return (await Promise.all(["é".repeat(1_100), "b", "c".repeat(5_000), "d"].map(tools.f))).join()`;
    const { record } = startIsolate(source, { tools: ["f"], limits: { callBytesPerSession: 2_204 } });
    const calls = () => record.events.flatMap((event) => (event.type === "tool_call" ? [event.input] : []));
    const expected = [`"${"é".repeat(1_100)}"`, '"b"', `"${"c".repeat(5_000)}"`, '"d"'];
    // The first leaves no room for the second, the third is too large for any company.
    for (const [index] of expected.entries()) {
      await record.until(() => calls().length > index);
      expect(calls()).toEqual(expected.slice(0, index + 1));
      record.running!.answer(index + 1, { ok: true, json: `${index}` });
    }
    await record.ended;
    expect(record.texts).toEqual(["0,1,2,3"]);
  });

  test("T4: a call made while others wait does not overtake them", async () => {
    const source = `const first = [0, 1, 2].map((n) => tools.f(n)); await first[0]; await Promise.all([...first, tools.f(3)])`;
    const { events } = await runInIsolate(source, { tools: ["f"], answer: echo, limits: { callsPerCell: 1 } });
    expect(events.flatMap((event) => (event.type === "tool_call" ? [event.input] : []))).toEqual(["0", "1", "2", "3"]);
  });
});

describe("T5: answers", () => {
  test.each<[CallAnswer, unknown]>([
    [{ ok: true, json: `{"a":[1,null]}` }, { a: [1, null] }],
    [{ ok: true, json: `"text"` }, "text"],
    [{ ok: true, json: "null" }, null],
    [{ ok: true }, undefined],
  ])("T5: %j fulfils", async (given, value) => {
    const source = `const value = await tools.f(); return [value === undefined, value]`;
    expect(await valueOf(source, { tools: ["f"], answer: (_, reply) => reply(given) })).toEqual([
      value === undefined,
      value ?? null,
    ]);
  });

  test("T5: an error rejects with a ToolError that says tool, code and where the call was made", async () => {
    const source = `try {\n  await tools.f()\n} catch (e) { return [e instanceof Error, e.name, e.message, String(e), e.tool, e.code, Object.keys(e), e.stack] }`;
    const answer = refuse({ ok: false, message: "no luck", code: "E_LUCK" });
    const described = (await valueOf(source, answer)) as unknown[];
    expect(described.slice(0, 7)).toEqual([true, "ToolError", "no luck", "no luck", "f", "E_LUCK", []]);
    expect(described[7]).toMatch(/^ToolError: no luck\n {4}at .*cell\.js:2:/);
  });

  test("T5: a ToolError that nobody catches gives the place of the call", async () => {
    const { how, error } = await runInIsolate(
      `const a = 1;\n  await tools.f()`,
      refuse({ ok: false, message: "a\nb", code: "E" }),
    );
    expect([how, error?.line, error?.column]).toEqual(["script_error", 2, 15]);
    expect(error?.message).toBe("ToolError: a\nb\n    at cell.js:2:15");
  });

  test("T5: an empty message stays empty", async () => {
    const source = `try { await tools.f() } catch (e) { return [e.message, String(e)] }`;
    expect(await valueOf(source, refuse({ ok: false, message: "", code: "E" }))).toEqual(["", ""]);
  });

  test("T5: one failed call does not disturb the others", async () => {
    const source = `const all = await Promise.allSettled([tools.f(1), tools.bad(2), tools.f(3)]); return all.map((r) => r.value ?? r.reason.code)`;
    const answer: Parameters<typeof runInIsolate>[1] = {
      tools: ["f", "bad"],
      answer: (call, reply) => (call.tool === "bad" ? reply({ ok: false, message: "", code: "E" }) : echo(call, reply)),
    };
    expect(await valueOf(source, answer)).toEqual([1, "E", 3]);
  });

  test("T6: the first answer wins, and one for nobody is ignored", async () => {
    const { record } = startIsolate(`text(await tools.f()); text(await tools.f())`, { tools: ["f"] });
    await record.until(({ events }) => events.length === 2);
    record.running!.answer(7, { ok: true, json: `"for nobody"` });
    record.running!.answer(1, { ok: true, json: `"first"` });
    record.running!.answer(1, { ok: false, message: "second", code: "E" });
    await record.until(({ events }) => events.some((event) => event.type === "tool_call" && event.call === 2));
    record.running!.answer(2, { ok: true, json: `"third"` });
    await record.ended;
    expect(record.texts).toEqual(["first", "third"]);
    record.running!.answer(2, { ok: true, json: `"late"` });
  });

  test("T5: fulfilled objects are the host's, whole, whatever the prototypes say", async () => {
    const source = `Object.prototype.then = function (done) { done("hijacked") }; text(JSON.stringify(await tools.f()))`;
    const answer = {
      tools: ["f"],
      answer: ((_, reply) => reply({ ok: true, json: `{"then":1,"b":[2]}` })) satisfies typeof echo,
    };
    expect(await textsOf(source, answer)).toEqual(['{"then":1,"b":[2]}']);
  });
});
