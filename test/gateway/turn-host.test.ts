import { describe, expect, test } from "vitest";
import type { Limits } from "../../src/protocol/limits.ts";
import { MemoryGateway } from "./memory-gateway.ts";

const tool = (name: string, fields: object = {}) => ({ name, description: "", ...fields });

/** A client whose one cell runs. */
function running({ limits = {}, tools = [tool("t")], execute = {} }: Setup = {}) {
  const gateway = new MemoryGateway(limits);
  const client = gateway.greeted({ tools });
  client.send({ type: "execute", id: 1, source: "1", toolCallId: "call_1", ...execute });
  return { gateway, client, cell: gateway.executor.latest.started() };
}

interface Setup {
  readonly limits?: Partial<Limits>;
  readonly tools?: { name: string; description: string }[];
  readonly execute?: object;
}

describe("a tool call", () => {
  test("is offered under the tool's own name, with its kind, input and time", () => {
    const { client, cell } = running({ tools: [tool("a.b", { kind: "freeform", timeoutMs: 5_000 })] });
    cell.call("a_b", '"do it"');
    const frame = client.channel.latest("tool_call");
    expect(frame).toEqual({
      type: "tool_call",
      callId: frame.callId,
      cellId: cell.cellId,
      name: "a.b",
      kind: "freeform",
      input: "do it",
      timeoutMs: 5_000,
      seq: 2,
    });
  });

  test.each<[string, object, object]>([
    ["tool_result", { type: "tool_result", value: { a: [1, "é"] } }, { ok: true, json: '{"a":[1,"é"]}' }],
    ["tool_result of null", { type: "tool_result", value: null }, { ok: true, json: "null" }],
    ["tool_result without a value", { type: "tool_result" }, { ok: true }],
    ["tool_error", { type: "tool_error", message: "no", code: "x" }, { ok: false, message: "no", code: "x" }],
    ["tool_error without a code", { type: "tool_error", message: "" }, { ok: false, message: "", code: "tool_failed" }],
  ])("is answered by %s, once; nothing is said to an answer that is late, double or for nobody", (_, frame, answer) => {
    const { client, cell } = running();
    const call = cell.call("t");
    const { callId } = client.channel.latest("tool_call");
    const frames = client.during(() => {
      client.send({ ...frame, callId: "nobody" }, { ...frame, callId });
      client.send({ type: "tool_result", value: "late", callId }, { type: "tool_error", message: "late", callId });
    });
    expect(cell.answers).toEqual([{ call, answer }]);
    expect(frames).toEqual([]);
  });

  test("of another session cannot be answered", () => {
    const { gateway, client, cell } = running();
    cell.call("t");
    const { callId } = client.channel.latest("tool_call");
    gateway.greeted().send({ type: "tool_result", callId, value: 1 });
    expect(cell.answers).toEqual([]);
  });

  test("whose input does not fit a frame is rejected, and takes no number", () => {
    const { client, cell } = running();
    client.channel.isTooLarge = ({ type }) => type === "tool_call";
    const call = cell.call("t", '"large"');
    expect(cell.answers).toMatchObject([{ call, answer: { ok: false, code: "input_too_large" } }]);
    client.send({ type: "list_cells", id: 2 });
    expect(client.channel.latest("cells").seq).toBe(2);
  });

  test("is cancelled when its cell ends, is terminated, or its time is over", () => {
    const { gateway, client, cell } = running({ tools: [tool("t", { timeoutMs: 50 })] });
    cell.call("t");
    gateway.clock.advance(50);
    cell.call("t");
    cell.end();
    client.send({ type: "execute", id: 2, source: "1" });
    const second = gateway.executor.latest.started();
    second.call("t");
    client.send({ type: "terminate", id: 3, cellId: second.cellId });
    expect(client.channel.all("tool_cancel").map(({ reason }) => reason)).toEqual(["timeout", "ended", "terminated"]);
  });

  test("that a host did not answer is offered to the next one, as a repetition", () => {
    const { gateway, client, cell } = running();
    cell.call("t", "1");
    const { callId } = client.channel.latest("tool_call");
    const next = gateway.greeted({ ...client.credentials, tools: [tool("t")] });
    expect(next.welcome.openCalls).toEqual([callId]);
    expect(next.channel.latest("tool_call")).toMatchObject({ callId, input: 1, attempt: 2, seq: 1 });
    next.send({ type: "tool_result", callId, value: 2 });
    expect(cell.answers).toMatchObject([{ answer: { json: "2" } }]);
  });

  test("of a tool that the next host does not have is rejected", () => {
    const { gateway, client, cell } = running();
    cell.call("t");
    client.cut();
    const next = gateway.greeted({ ...client.credentials, tools: [tool("u")] });
    expect(cell.answers).toMatchObject([{ answer: { ok: false, code: "tool_unavailable" } }]);
    expect(next.channel.all("tool_call")).toEqual([]);
  });
});

test("a notification carries the toolCallId of its cell's execute", () => {
  const { client, cell } = running();
  cell.notify("hello");
  expect(client.channel.latest("notify")).toEqual({
    type: "notify",
    cellId: cell.cellId,
    toolCallId: "call_1",
    text: "hello",
    seq: 2,
  });
});

describe("content", () => {
  const large = "x".repeat(150 * 1_024);
  const limits = { frameBytes: 256 * 1_024 };

  test("that does not fit the frame of its answer goes ahead of it", () => {
    const { client, cell } = running({ limits });
    cell.put(large, "end");
    cell.end();
    const frames = client.channel.sent.slice(2);
    expect(frames.map(({ type }) => type)).toEqual(["content", "result"]);
    expect(frames).toMatchObject([
      { id: 1, cellId: cell.cellId, seq: 2, content: [{ more: true }], more: true },
      { id: 1, cellId: cell.cellId, seq: 3, content: [{}, { text: "end" }] },
    ]);
  });

  test("that is streamed and does not fit a frame says in all frames but the last that more of it follows", () => {
    const { client, cell } = running({ limits, execute: { stream: true } });
    cell.put(large, "end");
    const frames = client.channel.sent.slice(2);
    expect(frames.map((frame) => [frame.type, "more" in frame])).toEqual([
      ["content", true],
      ["content", false],
    ]);
  });

  test("is streamed as it comes, a frame for a batch, where the request asks for it", () => {
    const { client, cell } = running({ execute: { stream: true } });
    cell.put("a", "b");
    cell.put("c");
    cell.end();
    expect(client.channel.sent.slice(2)).toMatchObject([
      { type: "content", id: 1, content: [{ text: "a" }, { text: "b" }] },
      { type: "content", id: 1, content: [{ text: "c" }] },
      { type: "result", id: 1, content: [] },
    ]);
  });

  test("and outcome are unread again when the turn ends before all of it was acknowledged, whole and in order", () => {
    const { gateway, client, cell } = running({ limits });
    cell.put(large, "end");
    cell.end();
    client.send({ type: "ack", seq: client.channel.latest("content").seq });
    client.cut();
    const next = gateway.greeted(client.credentials);
    expect(next.welcome.cells).toMatchObject([{ cellId: cell.cellId, state: "finished" }]);
    next.send({ type: "wait", id: 1, cellId: cell.cellId });
    const content = [...next.channel.all("content"), next.channel.latest("result")].flatMap((frame) => frame.content);
    expect(content.map((item) => (item.type === "text" ? item.text : "")).join("")).toBe(`${large}end`);
    next.ackAll();
    expect(next.channel.latest("cell_closed")).toMatchObject({ cellId: cell.cellId, reason: "taken" });
  });
});

test("a client that acknowledges nothing is closed with 4431, and what it had not acknowledged is unread again", () => {
  const { gateway, client, cell } = running({ limits: { unackedAnswers: 3 }, execute: { yieldMs: 0 } });
  for (let id = 2; id <= 4; id++) {
    cell.put(`${id}`);
    client.send({ type: "wait", id, cellId: cell.cellId, yieldMs: 0 });
  }
  expect(client.channel.closing?.code).toBe(4431);
  client.cut();
  const next = gateway.greeted(client.credentials);
  next.send({ type: "wait", id: 1, cellId: cell.cellId, yieldMs: 0 });
  expect(next.channel.latest("yielded").content).toEqual(["2", "3", "4"].map((text) => ({ type: "text", text })));
});

describe("what does not fit a frame", () => {
  test("of a notification is cut, and says so", () => {
    const { gateway, client, cell } = running();
    client.channel.isTooLarge = (frame) => frame.type === "notify" && frame.text.length > 1_000_000;
    cell.notify("x".repeat(1_000_001));
    const { text, seq } = client.channel.latest("notify");
    expect([text.length, text.slice(-2), seq]).toEqual([gateway.limits.frameBytes / 8 - 2, "x…", 2]);
  });

  test("of an answer closes the connection with 1011: it is our mistake, and the answer is unread again", () => {
    const { gateway, client, cell } = running();
    client.channel.isTooLarge = ({ type }) => type === "result";
    cell.put("kept");
    cell.end();
    expect(client.channel.closing).toEqual({
      code: 1011,
      reason: "a result frame came out larger than a frame may be",
    });
    client.cut();
    const next = gateway.greeted(client.credentials);
    next.send({ type: "wait", id: 1, cellId: cell.cellId });
    expect(next.channel.latest("result").content).toEqual([{ type: "text", text: "kept" }]);
  });
});
