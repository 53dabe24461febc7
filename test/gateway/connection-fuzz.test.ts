import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { WelcomeFrame } from "../../src/protocol/server-frames.ts";
import { type MemoryClient, MemoryGateway } from "./memory-gateway.ts";

const tags = (
  "hello execute wait terminate yield cancel tool_result tool_error set_tools list_cells stored_values " +
  "replace_stored_values end_session ack ping cut watch __proto__ toString"
).split(" ");

/** Another connection; the earlier one is cut, and the numbers of its frames were in order, from where its turn stood. */
function connectedAgain(gateway: MemoryGateway, client: MemoryClient): MemoryClient {
  let seq = 0;
  for (const frame of client.channel.sent) {
    if (frame.type === "welcome") seq = frame.seq;
    else if ("seq" in frame) expect(frame.seq).toBe((seq += 1));
  }
  client.cut();
  return gateway.connect();
}

/** Whatever can come out of a codec. */
const junk = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.uint8Array({ maxLength: 3 }),
  fc.double(),
  fc.constantFrom(-1, 0, 2 ** 53, Number.NaN, "", "__proto__", null, undefined, []),
);

const toolName = fc.constantFrom("a", "b", "a b", "__proto__", "constructor", "then", "");
const tools = fc.array(fc.record({ name: toolName, description: fc.constant("") }), { maxLength: 3 });

/** What a field may hold: mostly what it is for. */
const fields: Record<string, fc.Arbitrary<unknown>> = {
  id: fc.integer({ min: 1, max: 6 }),
  ack: fc.nat(8),
  seq: fc.nat(8),
  source: fc.constantFrom("1", "", " "),
  cellId: fc.constantFrom("newest", "x", "__proto__"),
  callId: fc.constantFrom("newest", "x"),
  tools: fc.oneof(tools, fc.array(toolName)),
  yieldMs: fc.constantFrom(null, 0, 5),
  stream: fc.boolean(),
  value: fc.jsonValue({ maxDepth: 2 }),
  values: fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })),
  message: fc.string(),
  sessionId: fc.constantFrom("own", "x"),
  sessionToken: fc.constantFrom("own", "x"),
  turn: fc.constantFrom("own", 1, 2),
  lastSeq: fc.nat(8),
};

const frame = fc.record({
  type: fc.oneof({ weight: 30, arbitrary: fc.constantFrom(...tags) }, { weight: 1, arbitrary: junk }),
  fields: fc.record(
    Object.fromEntries(
      Object.entries(fields).map(([name, good]) => [
        name,
        fc.oneof({ weight: 12, arbitrary: good }, { weight: 1, arbitrary: junk }),
      ]),
    ),
    { requiredKeys: ["id", "source", "cellId", "callId", "values", "seq"] },
  ),
});

test("no frame, whatever it is made of and whenever it comes, makes a connection throw", () => {
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 60, size: "max" }), (frames) => {
      const gateway = new MemoryGateway({ badFrames: 1_000 });
      let client = gateway.connect();
      let own: Partial<WelcomeFrame> = {};
      for (const { type, fields } of frames) {
        own = client.channel.all("welcome").at(-1) ?? own;
        const filled: Record<string, unknown> = { ...fields, type };
        if (filled["cellId"] === "newest") filled["cellId"] = gateway.executor.cells.at(-1)?.cellId ?? "none";
        if (filled["callId"] === "newest") filled["callId"] = client.channel.all("tool_call").at(-1)?.callId ?? "none";
        for (const name of ["sessionId", "sessionToken", "turn"] as const) {
          if (filled[name] === "own") filled[name] = own[name];
        }
        if (type === "cut") {
          const { sessionId, sessionToken, turn } = own;
          client = connectedAgain(gateway, client);
          client.send({ type: "hello", sessionId, sessionToken, turn, lastSeq: filled["seq"] });
        } else client.send(filled);
        const cell = gateway.executor.cells.at(-1);
        const tool = cell?.start.tools.at(-1);
        if (cell && tool && !cell.hasEnded) cell.call(tool.identifier, "1");
        if (client.channel.closing) client = connectedAgain(gateway, client);
      }
      connectedAgain(gateway, client);
    }),
    { numRuns: 200 },
  );
});
