import { describe, expect, test } from "vitest";
import type { Tools } from "../../client/index.ts";
import { sharedGateway } from "../support/running-gateway.ts";
import { CellTurn, textsOf } from "./cell-turn.ts";
import { sdkTurn } from "./sdk-turn.ts";

const gateway = sharedGateway();

/** Tools that answer with their own names. */
const named = (...names: string[]): Tools =>
  Object.fromEntries(names.map((name) => [name, { description: `The tool ${name}.`, run: () => name }]));

const definitions = (...names: string[]) => names.map((name) => ({ name, description: "" }));

describe("T1: a tool stands on tools under its normalised name", () => {
  test.for([
    ["read_file", "read_file"],
    ["$a_B9", "$a_B9"],
    ["mcp/files.read-all", "mcp_files_read_all"],
    ["2fast", "_fast"],
    ["22", "_2"],
    ["größe 😀", "gr__e__"],
    ["", "_"],
    ["constructor", "constructor"],
    ["then", "then"],
  ] as const)("%s as %s", async ([name, identifier]) => {
    const turn = await sdkTurn(gateway(), { tools: named(name) });
    const outcome = await turn.run(`
      const names = Object.keys(tools);
      return [...names, typeof tools[names[0]], tools[names[0]].name, await tools[${JSON.stringify(identifier)}]()];
    `);
    expect(JSON.parse(outcome.text)).toEqual([identifier, "function", identifier, name]);
  });

  test("and a cell can neither add a tool nor replace or remove one", async () => {
    const turn = await sdkTurn(gateway(), { tools: named("a") });
    const outcome = await turn.run(`
      for (const change of [() => (tools.a = 1), () => (tools.b = 1), () => delete tools.a, () => ALL_TOOLS.push(1)]) {
        try { change(); text("changed") } catch (error) { text(error.name) }
      }
      return await tools.a();
    `);
    expect(textsOf(outcome.content)).toEqual(["TypeError", "TypeError", "TypeError", "TypeError", "a"]);
  });

  test("and nothing else does", async () => {
    const turn = await sdkTurn(gateway(), { tools: named("a") });
    const outcome = await turn.run(`return [Object.getPrototypeOf(tools), typeof tools.toString, "b" in tools]`);
    expect(outcome.text).toBe('[null,"undefined",false]');
  });
});

describe("T1: two tools with one normalised name, or a tool called __proto__, are refused", () => {
  const refused = [
    ["a pair", ["first.tool", "b", "first-tool"], '"first.tool"', '"first-tool"'],
    ["a name that comes twice", ["a", "a"], '"a" and "a"', "a"],
    ["an empty name and an underscore", ["", "_"], '""', '"_"'],
    ["__proto__", ["a", "__proto__"], '"__proto__"', "__proto__"],
    ["a name that becomes __proto__", ["__proto.."], '"__proto.."', "__proto__"],
  ] as const;

  test.for(refused)("by hello, which may come again: %s", async ([, names, one, other]) => {
    const raw = await gateway().open();
    raw.send({ type: "hello", tools: definitions(...names) });
    const error = await raw.next("error");
    expect(error.code).toBe("bad_tools");
    expect(error.message).toContain(one);
    expect(error.message).toContain(other);
    const turn = new CellTurn(raw, await raw.hello({ tools: definitions("fine") }));
    expect(textsOf((await turn.run(`return Object.keys(tools)`)).content)).toEqual(['["fine"]']);
  });

  test.for(refused)("by set_tools, which changes nothing then: %s", async ([, names, one, other]) => {
    const turn = await CellTurn.open(gateway(), { tools: definitions("before") });
    const id = turn.ask({ type: "set_tools", tools: definitions(...names) });
    const error = await turn.next("error", { id });
    expect(error.code).toBe("bad_tools");
    expect(error.message).toContain(one);
    expect(error.message).toContain(other);
    expect(textsOf((await turn.run(`return Object.keys(tools)`)).content)).toEqual(['["before"]']);
  });

  test("by connect and by setTools of the SDK", async () => {
    const clash = named("a.b", "a-b");
    const refusal = { name: "RequestError", code: "bad_tools", retryable: false, message: /"a\.b" and "a-b"/ };
    const matching = { ...refusal, message: expect.stringMatching(refusal.message) };
    await expect(sdkTurn(gateway(), { tools: clash })).rejects.toMatchObject(matching);
    const turn = await sdkTurn(gateway(), { tools: named("before") });
    await expect(turn.setTools(clash)).rejects.toMatchObject(matching);
    expect((await turn.run(`return await tools.before()`)).text).toBe("before");
  });
});

describe("T1: execute enables some of the tools by their names", () => {
  test("as they were declared", async () => {
    const turn = await sdkTurn(gateway(), { tools: named("a.1", "b", "c") });
    const listed = async (tools?: string[]) => (await turn.run(`return Object.keys(tools)`, { tools })).text;
    expect(await listed()).toBe('["a_1","b","c"]');
    expect(await listed(["c", "a.1"])).toBe('["a_1","c"]');
    expect(await listed(["b", "b"])).toBe('["b"]');
    expect(await listed([])).toBe("[]");
  });

  test("and one that was not declared is refused, and the message names it", async () => {
    const turn = await sdkTurn(gateway(), { tools: named("a.1") });
    const run = turn.run(`text(1)`, { tools: ["a.1", "a_1", "nope"] });
    await expect(run).rejects.toMatchObject({ code: "unknown_tool", message: expect.stringMatching(/"a_1", "nope"/) });
    expect(await turn.listCells()).toEqual([]);
  });
});

test("T1: set_tools is for cells that start from then on", async () => {
  const turn = await CellTurn.open(gateway(), { tools: definitions("hold", "old") });
  const cell = await turn.startAndHold(`await tools.hold(); return Object.keys(tools).concat(await tools.old())`);
  const id = turn.ask({ type: "set_tools", tools: definitions("new") });
  await turn.next("ok", { id });
  expect(textsOf((await turn.run(`return Object.keys(tools)`)).content)).toEqual(['["new"]']);
  turn.release(cell.callId);
  const call = await turn.next("tool_call", { name: "old" });
  turn.raw.send({ type: "tool_result", callId: call.callId, value: "answered" });
  const result = await turn.next("result", { id: cell.id });
  expect(textsOf(result.content)).toEqual(['["hold","old","answered"]']);
});

describe("T2: ALL_TOOLS", () => {
  test("lists the enabled tools in the order of their declaration, with normalised names", async () => {
    const turn = await CellTurn.open(gateway(), {
      tools: [
        { name: "z.1", description: "The first.", inputSchema: { type: "object" }, timeoutMs: 5 },
        { name: "a", description: "é", kind: "freeform" },
        { name: "no", description: "" },
        { name: "9", description: "" },
      ],
    });
    const result = await turn.run(`return ALL_TOOLS`, { tools: ["a", "z.1", "9"] });
    expect(JSON.parse(textsOf(result.content)[0]!)).toEqual([
      { name: "z_1", description: "The first." },
      { name: "a", description: "é" },
      { name: "_", description: "" },
    ]);
  });

  test("is empty where there are none", async () => {
    const turn = await sdkTurn(gateway());
    expect((await turn.run(`return [ALL_TOOLS, Object.keys(tools)]`)).text).toBe("[[],[]]");
  });
});
