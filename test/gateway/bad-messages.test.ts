import { encode } from "@msgpack/msgpack";
import { beforeAll, describe, expect, test } from "vitest";
import type { RawTurn, Subprotocol } from "../support/raw-turn.ts";
import { sharedGateway } from "../support/running-gateway.ts";

const gateway = sharedGateway();
const turns = new Map<Subprotocol | "witness", RawTurn>();

// One turn of each subprotocol takes everything that follows; another one looks on.
beforeAll(async () => {
  for (const [name, subprotocol] of [
    ["cellgate.v1.msgpack", "cellgate.v1.msgpack"],
    ["cellgate.v1.json", "cellgate.v1.json"],
    ["witness", "cellgate.v1.json"],
  ] as const) {
    const turn = await gateway().open(subprotocol);
    await turn.hello();
    turns.set(name, turn);
  }
});

/** Sends a message that is no frame. It is answered, and both its own turn and another one go on. */
async function expectRefused(name: Subprotocol, message: string | Uint8Array, problem: RegExp): Promise<void> {
  const [turn, witness] = [turns.get(name)!, turns.get("witness")!];
  turn.sendRaw(message);
  const error = await turn.next("error");
  expect(error).toMatchObject({ code: "bad_frame", message: expect.stringMatching(problem) });
  expect(error.id).toBeUndefined();
  await Promise.all([turn.settle(), witness.settle()]);
}

const hex = (digits: string): Uint8Array => Buffer.from(digits.replaceAll(" ", ""), "hex");
const text = (content: string): string => Buffer.from(content).toString("hex");
/** `{ type: "tool_result", callId: "c", value: … }` around the bytes of a value. */
const around = (value: string): Uint8Array =>
  hex(`83 a4 ${text("type")} ab ${text("tool_result")} a6 ${text("callId")} a1 63 a5 ${text("value")} ${value}`);

describe("hostile msgpack is answered with bad_frame, and the gateway and all other sockets go on", () => {
  const loop = `d9 40 ${"61".repeat(64)}`;
  test.each<[string, Uint8Array, RegExp]>([
    ["nothing at all", hex(""), /^frame: no bytes/],
    ["a record definition", around("d4 72 40 91 a1 61 01"), /extension type 0xd4/],
    ["a million bytes of record definitions", Buffer.alloc(1e6, hex("d4 72 40 91 a1 61 01")), /extension type 0xd4/],
    ["a record in ext8", around(`c7 05 72 ${"40".repeat(5)}`), /extension type 0xc7/],
    ["a pointer", around("d6 70 00000001"), /extension type 0xd6/],
    ["an identity", around("d6 69 00000001"), /extension type 0xd6/],
    ["bundled strings", around(`d6 62 00000001 ${loop}`), /extension type 0xd6/],
    ["a Set", around("d4 73 00 91 01"), /extension type 0xd4/],
    ["a RegExp", around("d4 78 00 92 a1 61 a0"), /extension type 0xd4/],
    ["an Error", around("d4 65 00 93 a1 61 a1 62 c0"), /extension type 0xd4/],
    ["a typed array", around(`c7 09 74 01 ${"00".repeat(8)}`), /extension type 0xc7/],
    ["a BigInt of extension type", around(`c7 08 42 ${"ff".repeat(8)}`), /extension type 0xc7/],
    ["a timestamp", around("d6 ff 00000000"), /extension type 0xd6/],
    ["undefined as an extension", around("d4 00 00"), /extension type 0xd4/],
    ["the tag that nothing has", around("c1"), /tag 0xc1/],
    ["a value 161 levels deep", around(`${"91".repeat(160)} 00`), /at most 160 levels/],
    ["a million levels", new Uint8Array(1e6).fill(0x91), /at most 160 levels/],
    ["a map whose key is __proto__", around(`81 a9 ${text("__proto__")} 80`), /any but __proto__/],
    ["a frame whose key is __proto__", hex(`81 a9 ${text("__proto__")} 80`), /any but __proto__/],
    ["a key that is no string", around("81 01 01"), /expected a string, got tag 0x01/],
    ["a map of a BigInt key", around(`81 cf ${"ff".repeat(8)} 01`), /expected a string, got tag 0xcf/],
    ["an integer of 2^53", around("cf 0020000000000000"), /within ±\(2\^53 - 1\)/],
    ["an integer of -2^63", around("d3 8000000000000000"), /within ±\(2\^53 - 1\)/],
    ["a string that is no UTF-8", around("a2 c3 28"), /UTF-8/],
    ["a string with half a surrogate pair", around("a3 eda080"), /UTF-8/],
    ["a string in an overlong form", around("a2 c0 80"), /UTF-8/],
    ["a list that says four billion", around("dd ffffffff 00"), /expected at least 4294967295/],
    ["a map that says four billion", around("df ffffffff a0 00"), /expected at least 8589934590/],
    ["a string longer than the frame", around("db 7fffffff 61"), /expected at least 2147483647/],
    ["an infinite number", around("cb 7ff0000000000000"), /value: expected a finite number, got Infinity/],
    ["a number that is none", around("ca 7fc00000"), /value: expected a finite number, got NaN/],
    ["bytes as a value", around("c4 01 00"), /value: expected a JSON value, got 1 bytes/],
    ["bytes behind the frame", Buffer.concat([encode({ type: "ping" }), hex("00")]), /1 bytes too many/],
    ["two frames", Buffer.concat([encode({ type: "ping" }), encode({ type: "ping" })]), /bytes too many/],
    ["half a frame", encode({ type: "ping" }).subarray(0, 7), /expected/],
    ["100,001 values", around(`dd 000186a1 ${"00".repeat(100_001)}`), /at most 100000 values and keys/],
    ["random bytes", hex("93 a3 66 6f 6f c1 c4 05"), /^frame: /],
  ])("%s", async (_, bytes, problem) => {
    await expectRefused("cellgate.v1.msgpack", bytes, problem);
  });

  test("every truncation of a good frame", async () => {
    const turn = turns.get("cellgate.v1.msgpack")!;
    const frame = encode({ type: "execute", id: 1, source: "1", tools: ["a"], yieldMs: 1.5 });
    for (let length = 0; length < frame.length; length++) {
      turn.sendRaw(frame.subarray(0, length));
      expect((await turn.next("error")).code).toBe("bad_frame");
      await turn.settle();
    }
  });
});

describe("hostile JSON likewise", () => {
  const value = (json: string): string => `{"type":"tool_result","callId":"c","value":${json}}`;
  test.each<[string, string, RegExp]>([
    ["nothing at all", "", /expected JSON/],
    ["no JSON", "{type:'ping'}", /expected JSON/],
    ["half a frame", '{"type":"ping"', /expected JSON/],
    ["two frames", '{"type":"ping"}{"type":"ping"}', /expected JSON/],
    ["a value 161 levels deep", value("[".repeat(160) + "]".repeat(160)), /at most 160/],
    ["half a million levels", "[".repeat(5e5), /at most 160/],
    ["a key __proto__", value('{"__proto__":{}}'), /any other key/],
    ["a key __proto__ in disguise", value('{"\\u005f_proto__":{}}'), /any other key/],
    ["a frame whose key is __proto__", '{"__proto__":{"type":"ping"}}', /any other key/],
    ["an infinite number", value("1e400"), /value: expected a finite number, got Infinity/],
    ["100,001 values", value(`[${"0,".repeat(1e5)}0]`), /at most 100000/],
  ])("%s", async (_, message, problem) => {
    await expectRefused("cellgate.v1.json", message, problem);
  });
});

describe("a message of the wrong kind is answered with bad_frame", () => {
  test("text on msgpack", async () => {
    await expectRefused("cellgate.v1.msgpack", '{"type":"ping"}', /^frame: text message/);
  });

  test("binary on JSON", async () => {
    await expectRefused("cellgate.v1.json", encode({ type: "ping" }), /^frame: binary message/);
    await expectRefused("cellgate.v1.json", Buffer.from('{"type":"ping"}'), /^frame: binary message/);
  });
});

describe.each(["cellgate.v1.msgpack", "cellgate.v1.json"] as const)("what decodes and is no frame, over %s", (name) => {
  test.each<[string, unknown, object]>([
    ["null", null, { code: "bad_frame" }],
    ["a number", 7, { code: "bad_frame" }],
    ["a list", [{ type: "ping" }], { code: "bad_frame" }],
    ["no tag", {}, { code: "bad_frame", message: "frame.type: expected a tag, got nothing" }],
    ["a tag that is no string", { type: ["ping"], id: 1 }, { code: "bad_frame", id: 1 }],
    ["an unknown tag", { type: "toString", id: 2 }, { code: "unknown_frame", id: 2 }],
    ["a second hello", { type: "hello" }, { code: "bad_frame" }],
    ["a request without an id", { type: "list_cells" }, { code: "bad_frame" }],
    ["an id of 0", { type: "list_cells", id: 0 }, { code: "bad_frame" }],
    ["an id past 2^53", { type: "list_cells", id: 2 ** 53 }, { code: "bad_frame" }],
    ["an id that is a text", { type: "list_cells", id: "1" }, { code: "bad_frame" }],
    ["an ack of what was not sent", { type: "ping", ack: 1e9 }, { code: "bad_frame" }],
    ["yieldMs below 0", { type: "wait", id: 3, cellId: "c", yieldMs: -1 }, { code: "bad_frame", id: 3 }],
    [
      "a tool without a description",
      { type: "set_tools", id: 4, tools: [{ name: "a" }] },
      { code: "bad_frame", id: 4 },
    ],
    ["a tool of an unknown kind", { type: "set_tools", id: 5, tools: [{ name: "a", description: "", kind: "x" }] }, {}],
    ["a value 129 levels deep", { type: "replace_stored_values", id: 6, values: { a: deep(129) } }, { id: 6 }],
    [
      "a key of a megabyte",
      { type: "replace_stored_values", id: 7, values: { ["\n".repeat(1e6)]: deep(129) } },
      { id: 7 },
    ],
  ])("%s", async (_, frame, refusal) => {
    const [turn, witness] = [turns.get(name)!, turns.get("witness")!];
    turn.send(frame as object);
    const error = await turn.next("error");
    expect(error).toMatchObject(refusal);
    expect(error.message.length).toBeLessThanOrEqual(16_384);
    await Promise.all([turn.settle(), witness.settle()]);
  });
});

function deep(levels: number): unknown {
  return JSON.parse("[".repeat(levels) + "]".repeat(levels));
}
