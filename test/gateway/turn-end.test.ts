import { describe, expect, test } from "vitest";
import { textsOf } from "../session/recording-waiter.ts";
import { running, tool } from "./running-cell.ts";

describe("a newer turn", () => {
  test("is served all that a suspended one was not known to have, and the older cannot be resumed any more", () => {
    const { gateway, client, cell, cellId } = running();
    cell.put("a");
    client.send({ type: "yield", id: 1 }, { type: "wait", id: 2, cellId, yieldMs: null });
    cell.notify("b");
    cell.call("t");
    client.cut();
    cell.put("c");
    const next = gateway.greeted({ ...client.credentials, tools: [tool("t")] });
    expect(next.welcome).toMatchObject({ turn: 2, resumed: false, seq: 0, received: 0 });
    expect(next.channel.sent.slice(1)).toMatchObject([
      { type: "tool_call", attempt: 2, seq: 1 },
      { type: "notify", text: "b", seq: 2 },
    ]);
    next.send({ type: "wait", id: 1, cellId, yieldMs: 0 });
    expect(textsOf(next.channel.latest("yielded").content)).toEqual(["a", "c"]);
    const late = gateway.connect();
    late.send({ type: "hello", ...client.credentials, turn: 1, lastSeq: 1 });
    expect(late.channel.closing).toEqual({ code: 4409, reason: "the session's turn is 2, not 1" });
    expect(next.channel.closing).toBeUndefined();
  });

  test("gets a notification again that an older one did not acknowledge, ahead of later ones", () => {
    const { gateway, client, cell } = running();
    for (const text of ["a", "b", "c"]) cell.notify(text);
    client.send({ type: "ack", seq: 2 });
    client.cut();
    cell.notify("d");
    const next = gateway.greeted(client.credentials);
    expect(next.channel.all("notify").map(({ text }) => text)).toEqual(["b", "c", "d"]);
  });
});

describe("the end of a session", () => {
  test("is said when all before it is written, and then the socket closes", () => {
    const { client, cell } = running();
    client.channel.takes = false;
    client.send({ type: "end_session", id: 2 });
    cell.end({ how: "terminated" });
    expect(client.channel.closing).toBeUndefined();
    client.drain();
    expect(client.channel.tags.slice(2)).toEqual(["terminated", "cell_closed", "ok"]);
    expect(client.channel.closing).toEqual({ code: 1000, reason: "the session was ended" });
  });

  test("whose socket is lost before it was said leaves nothing behind", () => {
    const { gateway, client, cell } = running();
    client.send({ type: "end_session", id: 2 });
    client.cut();
    cell.end({ how: "terminated" });
    expect(gateway.clock.pending).toBe(0);
    const late = gateway.connect();
    late.send({ type: "hello", ...client.credentials, turn: 1, lastSeq: 1 });
    expect(late.channel.closing?.code).toBe(4410);
  });
});
