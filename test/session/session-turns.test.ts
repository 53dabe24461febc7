import { describe, expect, test } from "vitest";
import type { Limits } from "../../src/protocol/limits.ts";
import { type MemoryClient, MemoryGateway } from "../gateway/memory-gateway.ts";
import { textsOf } from "./recording-waiter.ts";

const tool = (name: string) => ({ name, description: "" });

/** A session over real turns, with its first one attached. */
function setUp(limits: Partial<Limits> = {}) {
  const gateway = new MemoryGateway(limits);
  const first = gateway.greeted({ tools: [tool("t")] });
  const { sessionId, sessionToken } = first.welcome;
  const attach = (...tools: string[]) => gateway.greeted({ sessionId, sessionToken, tools: tools.map(tool) });
  const run = (fields: object = {}) => {
    first.send({ type: "execute", id: 1, source: "code", yieldMs: null, ...fields });
    return gateway.executor.latest.started();
  };
  return { gateway, first, attach, run };
}

/** The content of the latest answer with this tag. */
const content = (client: MemoryClient, tag: "yielded" | "result" | "terminated") =>
  textsOf(client.channel.latest(tag).content);

describe("C6: what a turn did not acknowledge", () => {
  test("C6: goes to the next turn, in its order, across several answers and parts", () => {
    const { attach, first, run } = setUp();
    const cell = run({ yieldMs: 0 });
    const { cellId } = cell;
    cell.put("a");
    first.send({ type: "wait", id: 2, cellId, stream: true });
    cell.put("b");
    cell.put("c");
    first.send({ type: "yield", id: 2 });
    cell.put("d");
    first.send({ type: "wait", id: 3, cellId, yieldMs: 0 });
    cell.put("e");
    first.cut();
    cell.put("f");
    const second = attach();
    second.send({ type: "wait", id: 1, cellId, yieldMs: 0 });
    expect(content(second, "yielded")).toEqual(["a", "b", "c", "d", "e", "f"]);
  });

  test("C6: does so after a takeover too, and what was acknowledged does not", () => {
    const { attach, first, run } = setUp();
    const cell = run({ yieldMs: 0 });
    const { cellId } = cell;
    cell.put("a");
    first.send({ type: "wait", id: 2, cellId, yieldMs: 0 });
    first.ackAll();
    cell.put("b");
    first.send({ type: "wait", id: 3, cellId, yieldMs: 0 });
    const second = attach();
    second.send({ type: "wait", id: 1, cellId, yieldMs: 0 });
    expect(content(second, "yielded")).toEqual(["b"]);
  });

  test("C7: is an outcome, and the next turn sees the cell finished and takes it", () => {
    const { attach, first, run } = setUp();
    const cell = run();
    cell.put("a");
    cell.end();
    expect(content(first, "result")).toEqual(["a"]);
    const second = attach();
    expect(second.welcome.cells).toMatchObject([{ cellId: cell.cellId, state: "finished", unreadBytes: 1 }]);
    second.send({ type: "wait", id: 1, cellId: cell.cellId });
    second.ackAll();
    expect(content(second, "result")).toEqual(["a"]);
    expect(second.channel.latest("cell_closed")).toMatchObject({ cellId: cell.cellId, reason: "taken" });
  });

  test("C6, O3: comes back whole where a part went ahead of the answer, even if that part was acknowledged", () => {
    const { attach, first, run } = setUp({ frameBytes: 256 * 1024 });
    const cell = run();
    cell.put("x".repeat(300_000), "y");
    cell.end();
    const [ahead] = first.channel.all("content");
    first.send({ type: "ack", seq: ahead?.seq });
    first.cut();
    const second = attach();
    second.send({ type: "wait", id: 1, cellId: cell.cellId });
    const items = second.channel.sent.flatMap((frame) => ("content" in frame ? frame.content : []));
    expect(items.map(({ more }) => more)).toEqual([true, true, undefined, undefined]);
    expect(textsOf(items).join("")).toBe(`${"x".repeat(300_000)}y`);
    second.ackAll();
    expect(second.channel.latest("cell_closed").reason).toBe("taken");
  });
});

describe("a takeover", () => {
  test("C6: leaves the older turn's requests unanswered, and the cell can be waited for by the newer", () => {
    const { attach, first, run } = setUp();
    const cell = run();
    const second = attach();
    expect(first.channel.closing?.code).toBe(4409);
    second.send({ type: "wait", id: 1, cellId: cell.cellId });
    cell.end();
    expect(first.channel.all("result")).toEqual([]);
    expect(second.channel.all("result").length).toBe(1);
  });

  test("C11: during a termination leaves the outcome to the newer turn", () => {
    const { attach, first, run } = setUp();
    const cell = run();
    first.send({ type: "terminate", id: 2, cellId: cell.cellId });
    const second = attach();
    cell.put("a");
    cell.end({ how: "terminated" });
    expect(second.channel.latest("cell_finished")).toMatchObject({ cellId: cell.cellId, ok: false });
    second.send({ type: "wait", id: 1, cellId: cell.cellId });
    expect(content(second, "terminated")).toEqual(["a"]);
  });

  test("T8: offers the open calls again to the newer turn, right after its welcome", () => {
    const { attach, run } = setUp();
    const cell = run();
    cell.call("t", "1");
    const second = attach("t");
    expect(second.welcome.openCalls).toEqual([`${cell.cellId}.1`]);
    expect(second.channel.sent[1]).toMatchObject({ type: "tool_call", callId: `${cell.cellId}.1`, attempt: 2 });
    second.send({ type: "tool_result", callId: `${cell.cellId}.1`, value: "done" });
    expect(cell.answers).toEqual([{ call: 1, answer: { ok: true, json: '"done"' } }]);
  });
});

describe("T1, T8: set_tools", () => {
  test("T1: is for cells that start from then on; those that run still call the earlier tools", () => {
    const { first, gateway, run } = setUp();
    const earlier = run();
    first.send({ type: "set_tools", id: 2, tools: [tool("u")] });
    first.send({ type: "execute", id: 3, source: "code" });
    const later = gateway.executor.latest.started();
    expect([earlier, later].map(({ start }) => start.tools.map(({ identifier }) => identifier))).toEqual([
      ["t"],
      ["u"],
    ]);
    earlier.call("t");
    later.call("u");
    expect(first.channel.all("tool_call").map(({ name }) => name)).toEqual(["t", "u"]);
    expect([...earlier.answers, ...later.answers]).toEqual([]);
  });

  test("T8: of an earlier turn does not count for a later one: a tool that it lacks is unavailable", () => {
    const { attach, run } = setUp();
    const cell = run();
    cell.call("t");
    const second = attach("u");
    expect(second.channel.all("tool_call")).toEqual([]);
    expect(cell.answers).toMatchObject([{ call: 1, answer: { ok: false, code: "tool_unavailable" } }]);
  });
});
