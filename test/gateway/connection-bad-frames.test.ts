import { describe, expect, test } from "vitest";
import { MemoryGateway } from "./memory-gateway.ts";

const clashing = [
  { name: "a-b", description: "" },
  { name: "a_b", description: "" },
];

describe("a bad frame is answered, and the connection lives on", () => {
  test("with its id where it had a readable one", () => {
    const client = new MemoryGateway().greeted();
    client.send({ type: "execute", id: 5, source: 7 });
    expect(client.channel.latest("error")).toMatchObject({
      id: 5,
      code: "bad_frame",
      message: "execute.source: expected a string, got 7",
    });
    client.send({ type: "execute", id: 5, source: "7" });
    expect(client.channel.latest("started").id).toBe(5);
  });

  test("without an id where that belongs to a request that is pending, which it must not settle", () => {
    const client = new MemoryGateway().greeted();
    client.send({ type: "execute", id: 1, source: "1" });
    client.send({ type: "execute", id: 1, source: 7 }, { type: "yield", id: 1, ack: -1 }, { type: "new_tag", id: 1 });
    client.send({ type: "cancel", id: 1, ack: 1_000 });
    expect(client.channel.all("error").map(({ id, code }) => [id, code])).toEqual([
      [undefined, "bad_frame"],
      [undefined, "bad_frame"],
      [undefined, "unknown_frame"],
      [undefined, "bad_frame"],
    ]);
  });

  test("and its message is cut where what it quotes is long", () => {
    const client = new MemoryGateway().greeted();
    client.send({ type: "replace_stored_values", id: 1, values: { ["k".repeat(100_000)]: Number.NaN } });
    const { message } = client.channel.latest("error");
    expect(message).toMatch(/^replace_stored_values\.values\.k+…$/);
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(16 * 1_024);
  });

  test("that could have answered a tool call, which rejects with bad_result", () => {
    const gateway = new MemoryGateway();
    const client = gateway.greeted({ tools: [{ name: "t", description: "" }] });
    client.send({ type: "execute", id: 1, source: "1" });
    const cell = gateway.executor.latest.started();
    const call = cell.call("t");
    const { callId } = client.channel.latest("tool_call");
    client.send({ type: "tool_result", callId, value: Number.NaN });
    const message = "tool_result.value: expected a finite number, got NaN";
    expect(cell.answers).toEqual([{ call, answer: { ok: false, code: "bad_result", message } }]);
    expect(client.channel.latest("error")).toMatchObject({ code: "bad_frame", message });
  });
});

describe("an unknown tag", () => {
  test("is answered with unknown_frame where the frame has an id", () => {
    const client = new MemoryGateway().greeted();
    client.send({ type: "watch_out", id: 4 });
    const { id, code, message } = client.channel.latest("error");
    expect([id, code]).toEqual([4, "unknown_frame"]);
    expect(message).toMatch(/^frame\.type: expected one of hello, .*, ping, got "watch_out"$/);
  });

  test("is ignored where it has none, however often", () => {
    const client = new MemoryGateway({ badFrames: 2 }).greeted();
    expect(
      client.during(() => client.send({ type: "watch_out" }, { type: "watch_out" }, { type: "watch_out" })),
    ).toEqual([]);
    expect(client.channel.closing).toBeUndefined();
  });

  test("settles no tool call, even where the frame names one", () => {
    const gateway = new MemoryGateway();
    const client = gateway.greeted({ tools: [{ name: "t", description: "" }] });
    client.send({ type: "execute", id: 1, source: "1" });
    const cell = gateway.executor.latest.started();
    cell.call("t");
    const { callId } = client.channel.latest("tool_call");
    client.send({ type: "tool_progress", callId }, { type: "tool_result", callId, value: 1 });
    expect(cell.answers).toMatchObject([{ answer: { ok: true, json: "1" } }]);
  });
});

describe("bad frames in a row close the connection with 4400", () => {
  test("of whatever kind", () => {
    const client = new MemoryGateway({ badFrames: 4 }).greeted();
    client.sendBroken();
    client.send({ type: "execute" }, { type: "hello" });
    expect(client.channel.closing).toBeUndefined();
    client.send({ type: "ack", seq: 99 });
    expect(client.channel.closing).toEqual({ code: 4400, reason: "4 bad frames in a row (badFrames)" });
    expect(client.channel.all("error")).toHaveLength(4);
  });

  test("before hello too", () => {
    const client = new MemoryGateway({ badFrames: 2 }).connect();
    client.send({ type: "ping" }, { type: "ping" });
    expect(client.channel.closing?.code).toBe(4400);
  });

  test("a good one between them starts the count anew", () => {
    const client = new MemoryGateway({ badFrames: 2 }).greeted();
    for (let time = 0; time < 5; time++) {
      client.sendBroken();
      client.send({ type: "ping" });
    }
    expect(client.channel.closing).toBeUndefined();
  });
});

describe("acknowledgements", () => {
  test("of a seq that was not sent are bad frames, alone or carried by another, which is not run", () => {
    const gateway = new MemoryGateway();
    const client = gateway.greeted();
    client.send({ type: "ack", seq: 1 }, { type: "execute", id: 2, source: "1", ack: 7 });
    expect(client.channel.all("error")).toMatchObject([
      { code: "bad_frame", message: "ack: expected the seq of a frame that was sent, got 1" },
      { id: 2, code: "bad_frame", message: "execute: expected the seq of a frame that was sent, got 7" },
    ]);
    expect(gateway.executor.cells).toEqual([]);
  });

  test("may be carried by any frame", () => {
    const gateway = new MemoryGateway();
    const client = gateway.greeted();
    client.send({ type: "execute", id: 1, source: "1" });
    gateway.executor.latest.started().end();
    const { seq, cellId } = client.channel.latest("result");
    client.send({ type: "ping", ack: seq });
    expect(client.channel.latest("cell_closed")).toMatchObject({ cellId, reason: "taken" });
  });
});

test("a second hello, which is refused, acknowledges nothing", () => {
  const gateway = new MemoryGateway();
  const client = gateway.greeted();
  client.send({ type: "execute", id: 1, source: "1" });
  gateway.executor.latest.started().end();
  client.send({ type: "hello", ack: client.channel.latest("result").seq });
  expect(client.channel.latest("error").code).toBe("bad_frame");
  expect(client.channel.all("cell_closed")).toEqual([]);
});

describe("a client that leaves more unread than it may is closed with 4431, whatever it says", () => {
  const rude = (...frames: object[]) => {
    const client = new MemoryGateway({ unsentBytes: 1_000 }).connect();
    client.channel.unsentBytes = 1_000;
    client.send(...frames);
    const { length } = client.channel.sent;
    client.channel.unsentBytes = 1_001;
    client.send(...frames.slice(-1));
    expect(client.channel.sent).toHaveLength(length);
    expect(client.channel.closing).toEqual({
      code: 4431,
      reason: "more than 1000 bytes were not taken (unsentBytes)",
    });
    return client.channel.tags;
  };

  test.each<[string, object[], string[]]>([
    ["ping", [{ type: "hello" }, { type: "ping" }], ["welcome", "pong"]],
    ["ping of an observer", [{ type: "hello", role: "observer" }, { type: "ping" }], ["observing", "pong"]],
    ["a frame that is refused", [{ type: "hello" }, { type: "execute", id: 1 }], ["welcome", "error"]],
    ["a frame before hello", [{ type: "ping" }], ["error"]],
    ["a hello that is refused", [{ type: "hello", tools: clashing }], ["error"]],
  ])("%s", (_, frames, tags) => expect(rude(...frames)).toEqual(tags));
});

test("ping is answered by pong, which counts all frames of the client behind its hello, bad ones too", () => {
  const client = new MemoryGateway().greeted();
  client.sendBroken();
  client.send({ type: "ping" });
  client.send({ type: "nonsense" }, { type: "ping" });
  expect(client.channel.all("pong")).toEqual([
    { type: "pong", received: 2 },
    { type: "pong", received: 4 },
  ]);
});
