import { describe, expect, test } from "vitest";
import { running, tool } from "./running-cell.ts";

describe("while a turn has no socket", () => {
  test("T8, T9: calls and notifications wait, and a tool's time runs from when the call goes out", () => {
    const { gateway, client, cell } = running({}, {}, [tool("t", { timeoutMs: 100 })]);
    client.cut();
    cell.notify("a");
    cell.call("t");
    cell.notify("b");
    gateway.clock.advance(1_000);
    const next = gateway.resumed(client);
    expect(next.channel.tags.slice(1)).toEqual(["notify", "tool_call", "notify"]);
    gateway.clock.advance(99);
    expect(cell.answers).toEqual([]);
    gateway.clock.advance(1);
    expect(cell.answers).toMatchObject([{ answer: { code: "tool_timeout" } }]);
  });

  test("T10: more notifications than may wait end their cell", () => {
    const { client, cell } = running({ notificationsPerSession: 1 });
    client.cut();
    cell.notify("a");
    expect(cell.terminations).toBe(0);
    cell.notify("b");
    expect(cell.terminations).toBe(1);
  });

  test("O3: streamed content waits, and the rest of the answer is whole", () => {
    const { gateway, client, cell } = running({}, { stream: true });
    cell.put("a");
    client.cut();
    cell.put("b");
    cell.put("c");
    const next = gateway.resumed(client);
    expect(next.channel.latest("content")).toMatchObject({ id: 1, content: [{ text: "b" }, { text: "c" }] });
    cell.end();
    expect(next.channel.latest("result").content).toEqual([]);
  });

  test("T7: a call that is over is cancelled when the client is back", () => {
    const { gateway, client, cell } = running();
    cell.call("t");
    client.cut();
    cell.end();
    const next = gateway.resumed(client);
    expect(next.welcome.openCalls).toEqual([]);
    expect(next.channel.tags.slice(1)).toEqual(["tool_cancel", "result"]);
  });

  test("its session ends when its time is over, and all that was kept is given back", () => {
    const { gateway, client, cell } = running({ sessionTtlMs: 1_000, replayBytesTotal: 2_000 });
    cell.put("x".repeat(1_900));
    client.send({ type: "yield", id: 1 });
    client.cut();
    gateway.clock.advance(1_000);
    cell.end({ how: "terminated" });
    const late = gateway.connect();
    late.send({ type: "hello", ...client.credentials, turn: 1, lastSeq: 1 });
    expect(late.channel.closing?.code).toBe(4410);
    const other = gateway.greeted();
    for (let id = 1; id <= 10; id++) other.send({ type: "terminate", id, cellId: "x" });
    other.cut();
    expect(gateway.resumed(other, 5).welcome.resumed).toBe(true);
  });
});
