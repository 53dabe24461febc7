import { describe, expect, test } from "vitest";
import { sharedGateway } from "../support/running-gateway.ts";
import { CellTurn, hold, textsOf } from "./cell-turn.ts";
import { sdkTurn } from "./sdk-turn.ts";

const gateway = sharedGateway();

/** What a cell can see of the error that a call rejected with. */
const DESCRIBED = `((error) => text({
  isError: error instanceof Error, tag: Object.prototype.toString.call(error), name: error.name,
  message: error.message, string: error.toString(), tool: error.tool, code: error.code, keys: Object.keys(error),
}))`;

describe("T5: the host answers a call with a value", () => {
  test.for([
    ["nothing", undefined],
    ["null", null],
    ["false", false],
    ["an empty text", ""],
    ["text", "é😀\n\u0000"],
    ["a number", -1.5e-300],
    ["a large integer", Number.MAX_SAFE_INTEGER],
    ["a value that looks like a promise", { then: "no function", a: [] }],
    ["a nested value", { a: [{ "": null, constructor: 1 }, []], b: {} }],
    ["128 levels", JSON.parse("[".repeat(128) + "]".repeat(128)) as unknown],
  ] as const)("%s", async ([, value]) => {
    for (const subprotocol of ["cellgate.v1.msgpack", "cellgate.v1.json"] as const) {
      const turn = await sdkTurn(gateway(), { subprotocol, tools: { get: { description: "", run: () => value } } });
      const outcome = await turn.run(`const value = await tools.get(); return { value, type: typeof value }`);
      expect(JSON.parse(outcome.text)).toEqual({ ...(value !== undefined && { value }), type: typeof value });
    }
  });
});

describe("T5: the host answers a call with an error", () => {
  test("which rejects it with a ToolError", async () => {
    const turn = await CellTurn.open(gateway(), { tools: [{ name: "my.tool", description: "" }] });
    const cell = await turn.start(`await tools.my_tool().catch${DESCRIBED}`, { yieldMs: null });
    const { callId } = await turn.next("tool_call");
    turn.raw.send({ type: "tool_error", callId, message: "no such file: ä", code: "ENOENT" });
    const result = await turn.next("result", { id: cell.id });
    expect(JSON.parse(textsOf(result.content)[0]!)).toEqual({
      isError: true,
      tag: "[object Error]",
      name: "ToolError",
      message: "no such file: ä",
      string: "no such file: ä",
      tool: "my_tool",
      code: "ENOENT",
      keys: [],
    });
  });

  test.for([
    ["an error without a code", new Error("plain"), "plain", "tool_failed"],
    ["an error with a code", Object.assign(new TypeError("mine"), { code: "E_MINE" }), "mine", "E_MINE"],
    ["an error whose code is a number", Object.assign(new Error("http"), { code: 404 }), "http", "tool_failed"],
    ["a text", "just text", "just text", "tool_failed"],
    ["nothing", undefined, "undefined", "tool_failed"],
    ["an empty message", new Error(), "", "tool_failed"],
    ["what has no text", Object.create(null), "the tool threw something that cannot be shown as text", "tool_failed"],
  ])("by what its function throws, %s", async ([, thrown, message, code]) => {
    const run = () => {
      throw thrown;
    };
    const turn = await sdkTurn(gateway(), { tools: { fail: { description: "", run } } });
    const outcome = await turn.run(`await tools.fail().catch${DESCRIBED}`);
    expect(JSON.parse(outcome.text)).toMatchObject({ isError: true, message, string: message, tool: "fail", code });
  });

  test("which fails the cell where it is not caught, with the place of the call", async () => {
    const run = async () => Promise.reject(new Error("no luck"));
    const turn = await sdkTurn(gateway(), { tools: { fail: { description: "", run } } });
    const outcome = await turn.run(`text("before");\n\n  await tools.fail();\ntext("after");`);
    expect(outcome.text).toBe("before");
    expect(outcome.error).toMatchObject({ code: "script_error", line: 3 });
    expect(outcome.error?.message).toMatch(/^ToolError: no luck\n/);
    expect(outcome.error?.frame).toContain("> 3 |   await tools.fail();");
  });

  test("and the other calls of the cell do not notice", async () => {
    const turn = await CellTurn.open(gateway());
    const cell = await turn.start(
      `const all = await Promise.allSettled([0, 1, 2].map((n) => tools.hold(n)));
       return all.map(({ value, reason }) => value ?? reason.code)`,
      { yieldMs: null },
    );
    const calls = [await turn.next("tool_call"), await turn.next("tool_call"), await turn.next("tool_call")];
    turn.raw.send({ type: "tool_error", callId: calls[1]!.callId, message: "no" });
    turn.raw.send({ type: "tool_result", callId: calls[2]!.callId, value: "two" });
    turn.raw.send({ type: "tool_result", callId: calls[0]!.callId, value: "zero" });
    const result = await turn.next("result", { id: cell.id });
    expect(textsOf(result.content)).toEqual(['["zero","tool_failed","two"]']);
  });
});

describe("T6: call ids", () => {
  test("are never used again in the session, by whichever cell or turn", async () => {
    const seen: string[] = [];
    const run = (_: unknown, { callId }: { callId: string }) => void seen.push(callId);
    const tools = { see: { description: "", run } };
    const first = await sdkTurn(gateway(), { tools });
    const source = `await Promise.all([tools.see(), tools.see(), tools.see()]); await tools.see()`;
    await Promise.all([first.run(source), first.run(source)]);
    await first.close();
    const second = await sdkTurn(gateway(), { tools, session: first.session });
    await second.run(source);
    expect(seen).toHaveLength(12);
    // And a handler ran once for each.
    expect(new Set(seen).size).toBe(12);
  });
});

describe("T6: the first answer to a call counts", () => {
  test("and one that comes twice, or for an unknown call, is ignored without a word", async () => {
    const turn = await CellTurn.open(gateway());
    const cell = await turn.start(`text(await tools.hold()); text(await tools.hold())`, { yieldMs: null });
    const one = await turn.next("tool_call");
    turn.raw.send({ type: "tool_result", callId: "unknown", value: 0 });
    turn.raw.send({ type: "tool_error", callId: `${cell.cellId}.2`, message: "for a call that was not offered yet" });
    turn.raw.send({ type: "tool_result", callId: one.callId, value: "first" });
    turn.raw.send({ type: "tool_result", callId: one.callId, value: "second" });
    turn.raw.send({ type: "tool_error", callId: one.callId, message: "third" });
    const two = await turn.next("tool_call");
    expect(two.callId).not.toBe(one.callId);
    turn.raw.send({ type: "tool_error", callId: one.callId, message: "late" });
    turn.raw.send({ type: "tool_result", callId: two.callId, value: "next" });
    const result = await turn.next("result", { id: cell.id });
    expect(textsOf(result.content)).toEqual(["first", "next"]);
    turn.raw.send({ type: "tool_result", callId: two.callId, value: "for a cell that has ended" });
    await turn.raw.settle();
    expect(turn.raw.tags).toEqual(["welcome", "started", "tool_call", "tool_call", "result", "pong"]);
  });

  test("also across turns: each new host is offered it with its attempt, and an older one is gone", async () => {
    const first = await CellTurn.open(gateway());
    const cell = await first.start(`text(await tools.hold("in"))`, { yieldMs: 0 });
    const call = await first.next("tool_call");
    expect(call).not.toHaveProperty("attempt");
    const second = await CellTurn.open(gateway(), { after: first });
    expect(second.welcome.openCalls).toEqual([call.callId]);
    const { seq: _, ...offer } = call;
    expect(await second.next("tool_call")).toMatchObject({ ...offer, attempt: 2 });
    expect((await first.raw.closed).code).toBe(4409);
    await second.raw.close();
    const third = await CellTurn.open(gateway(), { after: second, tools: [hold, { name: "other", description: "" }] });
    expect(await third.next("tool_call")).toMatchObject({ callId: call.callId, attempt: 3, input: "in" });
    third.raw.send({ type: "tool_result", callId: call.callId, value: "answer" });
    const wait = third.wait(cell.cellId);
    expect(textsOf((await third.next("result", { id: wait })).content)).toEqual(["answer"]);
    const fourth = await CellTurn.open(gateway(), { after: third });
    expect(fourth.welcome.openCalls).toEqual([]);
  });
});
