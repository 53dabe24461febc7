import { beforeEach, describe, expect, test } from "vitest";
import { type RawTurn, subprotocols } from "../support/raw-turn.ts";
import { sharedGateway } from "../support/running-gateway.ts";

const gateway = sharedGateway();
const MiB = 1 << 20;
const tool = (name: string, fields: object = {}) => ({ name, description: "", ...fields });

describe.each(subprotocols)("over %s", (subprotocol) => {
  let turn: RawTurn;
  let id = 0;

  beforeEach(async () => {
    turn = await gateway().open(subprotocol);
    await turn.hello({ tools: [tool("t"), tool("slow", { timeoutMs: 1 })] });
    return () => turn.close();
  });

  /** Sends a request and gives its refusal. */
  function refused(frame: object): Promise<{ code: string; message: string }> {
    id += 1;
    turn.send({ id, ...frame });
    return turn.next("error", { id });
  }

  /** Runs a cell to its end. */
  function run(source: string, fields: object = {}) {
    id += 1;
    turn.send({ type: "execute", id, source, ...fields });
    return turn.next("result", { id });
  }

  describe("a source", () => {
    test.each([
      ["of 0 bytes", ""],
      ["of whitespace", " \t\r\n\u00a0\u2028\ufeff"],
    ])("%s is refused with empty_source", async (_, source) => {
      expect((await refused({ type: "execute", source })).code).toBe("empty_source");
    });

    test("of exactly 1 MiB runs, one byte more is source_too_large", async () => {
      const source = `text("é")//`.padEnd(MiB - 1, "x");
      expect((await run(source)).content).toEqual([{ type: "text", text: "é" }]);
      expect(await refused({ type: "execute", source: `${source}x` })).toMatchObject({
        code: "source_too_large",
        message: "execute.source: expected at most 1048576 bytes (sourceBytes), got 1048577",
      });
    });

    test("of 2 MB is refused with source_too_large, and the next one runs", async () => {
      expect((await refused({ type: "execute", source: "1;".repeat(1e6) })).code).toBe("source_too_large");
      expect((await run("text(1)")).content).toEqual([{ type: "text", text: "1" }]);
    });

    test.each<[string, string, number, number]>([
      ["on its first line", "let let = 1", 1, 5],
      ["on a later line", "const a = 1;\n\n  const b = ;\n", 3, 13],
      ["behind wide characters", "'😀'; )", 1, 7],
      ["at its end", "if (true) {", 1, 12],
      ["that tries to end the function around it", "} { text(1)", 1, 1],
    ])("that does not parse %s is a cell that failed, with line and column", async (_, source, line, column) => {
      const { error, content } = await run(source);
      expect(error).toMatchObject({ code: "syntax_error", line, column });
      expect(error?.message).toMatch(/^SyntaxError: /);
      expect(content).toEqual([]);
    });
  });

  describe("a tool result", () => {
    test("for nobody, double or late is ignored without an answer", async () => {
      id += 1;
      const source = "text(await tools.t(1)); text(await tools.slow(2).catch((error) => error.code))";
      turn.send({ type: "tool_result", callId: "nobody", value: 0 });
      turn.send({ type: "execute", id, source });
      const { callId } = await turn.next("tool_call", { name: "t" });
      turn.send({ type: "tool_result", callId, value: "first" });
      turn.send({ type: "tool_result", callId, value: "second" });
      turn.send({ type: "tool_error", callId, message: "third" });
      const slow = await turn.next("tool_call", { name: "slow" });
      expect(await turn.next("tool_cancel")).toMatchObject({ callId: slow.callId, reason: "timeout" });
      turn.send({ type: "tool_result", callId: slow.callId, value: "late" });
      const { content } = await turn.next("result", { id });
      expect(content).toEqual([
        { type: "text", text: "first" },
        { type: "text", text: "tool_timeout" },
      ]);
      await turn.settle();
      expect(turn.tags).not.toContain("error");
    });

    test("that fails its check rejects the call with bad_result", async () => {
      id += 1;
      turn.send({
        type: "execute",
        id,
        source: "text(await tools.t().catch(({ code, message }) => code + ' ' + message))",
      });
      const { callId } = await turn.next("tool_call");
      turn.send({ type: "tool_error", callId, message: 7 });
      expect((await turn.next("error")).code).toBe("bad_frame");
      expect((await turn.next("result", { id })).content).toEqual([
        { type: "text", text: "bad_result tool_error.message: expected a string, got 7" },
      ]);
    });
  });

  describe("a cell", () => {
    test("of another session, or that never was, is not found: an answer, not an error", async () => {
      const other = await gateway().open(subprotocol);
      await other.hello();
      other.send({ type: "execute", id: 1, source: "await new Promise(() => {})" });
      const foreign = (await other.next("started")).cellId;
      for (const type of ["wait", "terminate"]) {
        for (const cellId of [foreign, "x", "", "__proto__"]) {
          id += 1;
          turn.send({ type, id, cellId });
          expect((await turn.next("result", { id })).error).toEqual({
            code: "cell_not_found",
            message: `exec cell ${cellId} not found`,
            reason: "unknown",
          });
        }
      }
      other.send({ type: "list_cells", id: 2 });
      expect((await other.next("cells")).cells).toMatchObject([{ cellId: foreign }]);
      other.send({ type: "end_session", id: 3 });
      await other.closed;
    });
  });

  describe("a request id that comes twice", () => {
    test("with equal content runs once and is answered once; with other content it gets duplicate_id", async () => {
      id += 1;
      const frame = { type: "execute", id, source: "text(await tools.t())" };
      turn.send(frame);
      turn.send(frame);
      turn.send({ ...frame, source: "text(2)" });
      turn.send({ type: "list_cells", id });
      for (let time = 0; time < 2; time++) {
        const error = await turn.next("error");
        expect(error).toMatchObject({ code: "duplicate_id", requestId: id });
        expect(error).not.toHaveProperty("id");
      }
      turn.send({ type: "tool_result", callId: (await turn.next("tool_call")).callId, value: "once" });
      expect((await turn.next("result", { id })).content).toEqual([{ type: "text", text: "once" }]);
      await turn.settle();
      expect(turn.tags.filter((tag) => ["started", "tool_call", "result"].includes(tag))).toHaveLength(3);
    });
  });

  describe("tools", () => {
    test.each([
      ["two of one name", [tool("a"), tool("a")], 'tools "a" and "a" are both called a in a cell; rename one of them'],
      ["two of one normalised name", [tool("a.b"), tool("a b")], 'tools "a.b" and "a b" are both called a_b in a cell'],
      ["an empty name beside _", [tool(""), tool("_")], 'tools "" and "_" are both called _ in a cell'],
      ["one called __proto__", [tool("__proto__")], 'tool "__proto__": no tool may be called __proto__'],
      ["one that is called so in a cell", [tool("..proto..")], 'tool "..proto..": no tool may be called __proto__'],
    ])("with %s are refused by set_tools and by hello, which may be said again", async (_, tools, message) => {
      const error = await refused({ type: "set_tools", tools });
      expect([error.code, error.message.slice(0, message.length)]).toEqual(["bad_tools", message]);
      const other = await gateway().open(subprotocol);
      other.send({ type: "hello", tools });
      expect((await other.next("error")).code).toBe("bad_tools");
      expect((await other.hello()).turn).toBe(1);
      await other.close();
      expect((await run("text(ALL_TOOLS.length)")).content).toEqual([{ type: "text", text: "2" }]);
    });

    test("that are not declared cannot be enabled, and no cell starts", async () => {
      expect(await refused({ type: "execute", source: "1", tools: ["t", "u", "toString"] })).toMatchObject({
        code: "unknown_tool",
        message: 'execute.tools: expected names of declared tools, got "u", "toString"',
      });
      expect(turn.tags).not.toContain("started");
    });

    test("may be called what objects inherit", async () => {
      id += 1;
      const names = ["constructor", "toString", "then", "hasOwnProperty", "prototype"];
      turn.send({ type: "set_tools", id, tools: names.map((name) => tool(name)) });
      await turn.next("ok", { id });
      expect((await run("text(Object.keys(tools).join())", { tools: names.slice(1) })).content).toEqual([
        { type: "text", text: "toString,then,hasOwnProperty,prototype" },
      ]);
    });
  });

  describe("stored values over a limit are refused as a whole", () => {
    const many = (count: number): object =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`${index}`, 0]));
    test.each<[string, object, RegExp]>([
      ["1,025 entries", many(1_025), /at most 1024 \(storedEntries\)/],
      [
        "a value over 1 MiB",
        { a: 1, big: "x".repeat(MiB) },
        /^values\["big"\]: expected at most 1048576 \(storedValueBytes\)/,
      ],
      [
        "3 MiB in all",
        { a: "x".repeat(MiB - 3), b: "x".repeat(MiB - 3), c: "x".repeat(MiB - 3), d: 1 },
        /\(storedBytes\)/,
      ],
      ["too many nodes", { a: Array.from({ length: 90_001 }, () => 0) }, /at most 90000 \(storedNodes\)/],
    ])("%s", async (_, values, problem) => {
      id += 1;
      turn.send({ type: "replace_stored_values", id, values: { before: [1] } });
      await turn.next("ok", { id });
      const { code, message } = await refused({ type: "replace_stored_values", values });
      expect(code).toBe("bad_values");
      expect(message).toMatch(problem);
      id += 1;
      turn.send({ type: "stored_values", id });
      expect((await turn.next("stored_values", { id })).values).toEqual({ before: [1] });
    });

    test("and just below them they are taken, and fit the frame that gives them back", async () => {
      const values = { ...many(1_021), a: "x".repeat(MiB - 3), b: "\n".repeat(500_000), c: "é".repeat(400_000) };
      id += 1;
      turn.send({ type: "replace_stored_values", id, values });
      await turn.next("ok", { id });
      id += 1;
      turn.send({ type: "stored_values", id });
      expect((await turn.next("stored_values", { id })).values).toEqual(values);
    });
  });

  describe("strings of megabytes where a name is expected do not end the connection", () => {
    const long = "\u0001".repeat(300_000);
    test.each<[string, object]>([
      ["cellId", { type: "wait", cellId: long }],
      ["toolCallId", { type: "execute", source: "1", toolCallId: long }],
      ["tool names", { type: "set_tools", tools: [tool(long), tool(long)] }],
      ["enabled tools", { type: "execute", source: "1", tools: [long] }],
      ["stored keys", { type: "replace_stored_values", values: { [long]: long } }],
      ["callId", { type: "tool_result", callId: long }],
    ])("%s", async (_, frame) => {
      id += 1;
      turn.send({ id, ...frame });
      id += 1;
      turn.send({ type: "list_cells", id });
      await turn.next("cells", { id });
      id += 1;
      turn.send({ type: "stored_values", id });
      await turn.next("stored_values", { id });
      await turn.settle();
    });
  });

  test("a notification of a megabyte of control characters reaches the host, whatever its codec makes of it", async () => {
    await run(`notify("\\u0001".repeat(${MiB}))`);
    const { text } = await turn.next("notify");
    expect(text.startsWith("\u0001".repeat(500_000))).toBe(true);
    expect(text.length === MiB || text.endsWith("…")).toBe(true);
  });
});
