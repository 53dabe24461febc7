import { describe, expect, test } from "vitest";
import { sharedGateway } from "../support/running-gateway.ts";
import { CellTurn, textsOf } from "./cell-turn.ts";
import { sdkTurn } from "./sdk-turn.ts";

const gateway = sharedGateway();
const subprotocols = ["cellgate.v1.msgpack", "cellgate.v1.json"] as const;
const MiB = 1024 * 1024;

const nested = (levels: number): unknown => JSON.parse("[".repeat(levels) + "]".repeat(levels));
const cycle: unknown[] = [];
cycle.push({ cycle });

/** Runs a cell that calls a tool with this result, and then one with a good result. */
async function callFor(result: () => unknown, subprotocol: (typeof subprotocols)[number] = "cellgate.v1.msgpack") {
  const tools = { "my.get": { description: "", run: result }, good: { description: "", run: () => "good" } };
  const turn = await sdkTurn(gateway(), { subprotocol, tools });
  const outcome = await turn.run(`
    try { text(JSON.stringify(await tools.my_get()).length) }
    catch (error) { text(error.code); text(error.tool); text(error.toString()) }
    text(await tools.good());
  `);
  const texts = textsOf(outcome.content);
  expect(texts.pop()).toBe("good");
  return texts;
}

describe.for(subprotocols)(
  "T9: a result that is over a limit rejects the call with result_too_large, by %s",
  (subprotocol) => {
    test.for([
      ["of 5 MB", () => "x".repeat(5_000_000), /expected at most 4194304 bytes/],
      ["of 2 million characters that take more than two bytes each", () => "\u2603".repeat(2_000_000), /4194304/],
      [
        "of many long texts",
        () => Array.from({ length: 50 }, () => "x".repeat(100_000)),
        /expected at most 4194304 bytes/,
      ],
      ["of 129 levels", () => nested(129), /result(\[0\])+.*: expected at most 128 levels/],
      ["of a million levels", () => nested(1_000_000), /expected at most 128 levels/],
      ["of more than 100,000 nodes", () => Array.from({ length: 100_000 }, () => 0), /100000 values and keys/],
      ["of a list that is only holes", () => Array(2 ** 32 - 1), /100000 values and keys/],
    ] as const)("%s", async ([, result, message]) => {
      const [code, tool, text] = await callFor(result, subprotocol);
      expect([code, tool]).toEqual(["result_too_large", "my_get"]);
      expect(text).toContain('tool "my.get"');
      expect(text).toMatch(message);
    });

    test("but not one at the limits", async () => {
      expect(await callFor(() => "x".repeat(4 * MiB - 1_000), subprotocol)).toEqual([String(4 * MiB - 998)]);
      expect(await callFor(() => nested(128), subprotocol)).toEqual(["256"]);
      expect(await callFor(() => Array.from({ length: 99_000 }, () => 0), subprotocol)).toEqual(["198001"]);
    });

    test("an error whose message is over a limit too", async () => {
      const [code, tool] = await callFor(() => {
        throw new Error("x".repeat(5_000_000));
      }, subprotocol);
      expect([code, tool]).toEqual(["result_too_large", "my_get"]);
    });
  },
);

test("T9: what only JSON makes too large for a frame is refused there, and arrives by msgpack", async () => {
  const controls = () => "\u0001".repeat(1_000_000);
  expect(await callFor(controls, "cellgate.v1.msgpack")).toEqual(["6000002"]);
  expect((await callFor(controls, "cellgate.v1.json"))[0]).toBe("result_too_large");
});

describe("T9: a result that JSON cannot carry rejects the call with bad_result", () => {
  test.for([
    ["a function", () => () => 1, "result: "],
    ["a function inside", () => ({ list: [{ run() {} }] }), "result.list[0].run: "],
    ["a symbol", () => [Symbol("s")], "result[0]: "],
    ["a BigInt", () => ({ n: 1n }), "result.n: "],
    ["a cycle", () => cycle, "result[0].cycle: expected no cycle"],
    ["a map", () => ({ "a b": new Map() }), 'result["a b"]: '],
    ["bytes", () => new Uint8Array(2), "result: "],
    [
      "what a toJSON throws",
      () => ({
        toJSON() {
          throw new Error("no JSON");
        },
      }),
      "no JSON",
    ],
    [
      "what a getter throws",
      () => ({
        get a() {
          throw new Error("no a");
        },
      }),
      "no a",
    ],
    [
      "a revoked proxy",
      () => {
        const { proxy, revoke } = Proxy.revocable({}, {});
        revoke();
        return { proxy };
      },
      "revoked",
    ],
  ] as const)("%s", async ([, result, path]) => {
    const [code, tool, text] = await callFor(result);
    expect([code, tool]).toEqual(["bad_result", "my_get"]);
    expect(text).toMatch(/^tool "my\.get": /);
    expect(text).toContain(path);
  });
});

describe.for(subprotocols)("T9: an answer that cannot be read, by %s", (subprotocol) => {
  const CALL = `await tools.hold().then((value) => text(value), (error) => text([error.code, String(error)]))`;
  const open = async () => {
    const turn = await CellTurn.open(gateway(), { subprotocol });
    return { turn, ...(await turn.startAndHold(CALL)) };
  };

  test.for([
    ["a result of 129 levels", { type: "tool_result", value: nested(129) }, "tool_result.value", "at most 128 levels"],
    ["an error without a message", { type: "tool_error" }, "tool_error.message", "expected a string, got nothing"],
    ["an error with a number for a code", { type: "tool_error", message: "m", code: 5 }, "tool_error.code", "got 5"],
  ] as const)("rejects the call with bad_result, and the host is told: %s", async ([, frame, path, problem]) => {
    const { turn, id, callId } = await open();
    turn.raw.send({ ...frame, callId });
    const error = await turn.next("error");
    expect(error).toMatchObject({ code: "bad_frame", message: expect.stringContaining(path) });
    expect(error.message).toContain(problem);
    const [code, message] = JSON.parse(textsOf((await turn.next("result", { id })).content)[0]!) as string[];
    expect(code).toBe("bad_result");
    expect(message).toContain(path);
    turn.release(callId);
    await turn.raw.settle();
  });

  test("settles nothing where it does not even decode, so that the host can still answer (V4)", async () => {
    const { turn, id, callId } = await open();
    turn.raw.send({ type: "tool_result", callId, value: [JSON.parse('{"__proto__":1}')] });
    expect(await turn.next("error")).toMatchObject({
      code: "bad_frame",
      message: expect.stringContaining("__proto__"),
    });
    turn.raw.send({ type: "tool_result", callId, value: "good" });
    expect(textsOf((await turn.next("result", { id })).content)).toEqual(["good"]);
  });

  test("costs the connection where it is over 4 MiB, and the next turn is offered the call again", async () => {
    const { turn, cellId, callId } = await open();
    turn.raw.send({ type: "tool_result", callId, value: "x".repeat(5_000_000) });
    expect((await turn.raw.closed).code).toBe(1009);
    const next = await CellTurn.open(gateway(), { subprotocol, after: turn });
    expect(await next.next("tool_call")).toMatchObject({ callId, attempt: 2 });
    next.raw.send({ type: "tool_result", callId, value: "good" });
    const wait = next.wait(cellId);
    expect(textsOf((await next.next("result", { id: wait })).content)).toEqual(["good"]);
  });

  test("for a call of another session does nothing to it", async () => {
    const { turn, id, callId } = await open();
    const other = await CellTurn.open(gateway(), { subprotocol });
    other.raw.send({ type: "tool_result", callId, value: nested(129) });
    other.raw.send({ type: "tool_result", callId, value: "theirs" });
    other.raw.send({ type: "tool_error", callId, message: "theirs" });
    await other.raw.settle();
    turn.raw.send({ type: "tool_result", callId, value: "ours" });
    expect(textsOf((await turn.next("result", { id })).content)).toEqual(["ours"]);
  });
});
