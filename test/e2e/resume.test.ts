import { describe, expect, test } from "vitest";
import type { WelcomeFrame } from "../../src/protocol/server-frames.ts";
import type { RawTurn, Subprotocol } from "../support/raw-turn.ts";
import { sharedGateway } from "../support/running-gateway.ts";
import { hold, textsOf } from "./cell-turn.ts";

const gateway = sharedGateway();

/** A turn that has said hello, with the tool {@link hold}. */
async function opened(subprotocol?: Subprotocol): Promise<{ turn: RawTurn; welcome: WelcomeFrame }> {
  const turn = await gateway().open(subprotocol);
  return { turn, welcome: await turn.hello({ tools: [hold] }) };
}

/** Loses the socket, and goes on with the turn on another. */
async function resumed(turn: RawTurn, welcome: WelcomeFrame, lastSeq: number, subprotocol?: Subprotocol) {
  turn.socket.terminate();
  await turn.closed;
  const next = await gateway().open(subprotocol);
  const { sessionId, sessionToken, turn: number } = welcome;
  return { turn: next, welcome: await next.hello({ sessionId, sessionToken, turn: number, lastSeq }) };
}

describe("a turn that lost its socket", () => {
  test.each<Subprotocol>(["cellgate.v1.msgpack", "cellgate.v1.json"])(
    "C6, T6: goes on over another without a gap: what was missed comes once, in order (%s)",
    async (subprotocol) => {
      const first = await opened(subprotocol);
      const execute = { type: "execute", id: 1, yieldMs: null, source: "notify('a'); text(await tools.hold())" };
      first.turn.send(execute);
      const { callId } = await first.turn.next("tool_call");
      const second = await resumed(first.turn, first.welcome, 1, subprotocol);
      expect(second.welcome).toMatchObject({
        turn: 1,
        resumed: true,
        seq: 1,
        received: 1,
        openCalls: [callId],
        cells: [{ state: "running" }],
      });
      second.turn.send(execute);
      second.turn.send({ type: "tool_result", callId, value: "held" });
      const result = await second.turn.next("result", { id: 1 });
      expect(result).toMatchObject({ seq: 4, content: [{ text: "held" }] });
      expect(second.turn.frames.slice(1, 3)).toEqual(first.turn.frames.slice(2, 4));
      expect(second.turn.tags).toEqual(["welcome", "notify", "tool_call", "result"]);
      second.turn.ack();
      expect(await second.turn.next("cell_closed")).toMatchObject({ seq: 5, reason: "taken" });
    },
  );

  test("C3: gets the answers that came while it had none", async () => {
    const first = await opened();
    first.turn.send({ type: "execute", id: 1, yieldMs: null, source: "text('held: ' + (await tools.hold()))" });
    const { callId } = await first.turn.next("tool_call");
    first.turn.send({ type: "tool_result", callId, value: 1 });
    const second = await resumed(first.turn, first.welcome, 2);
    expect(second.welcome.resumed).toBe(true);
    if (second.welcome.received < 2) second.turn.send({ type: "tool_result", callId, value: 1 });
    expect(await second.turn.next("result")).toMatchObject({ id: 1, seq: 3, content: [{ text: "held: 1" }] });
  });

  test("C6, T8: goes on with a gap where frames cannot be sent again: everything that was unread is given again", async () => {
    const first = await opened("cellgate.v1.msgpack");
    const execute = {
      type: "execute",
      id: 1,
      yieldMs: null,
      source: "notify('a'); text('b'); text(await tools.hold())",
    };
    first.turn.send(execute);
    const { callId, cellId } = await first.turn.next("tool_call");
    // The frames are kept in the form of their subprotocol: on another they cannot be sent again.
    const second = await resumed(first.turn, first.welcome, 1, "cellgate.v1.json");
    expect(second.welcome).toMatchObject({ turn: 1, resumed: false, seq: 4, openCalls: [callId] });
    expect(await second.turn.next("tool_call")).toMatchObject({ callId, attempt: 2, seq: 5 });
    expect(await second.turn.next("notify")).toMatchObject({ text: "a", seq: 6 });
    second.turn.send(execute);
    expect(await second.turn.next("started")).toMatchObject({ id: 1, cellId, seq: 7 });
    second.turn.send({ type: "tool_result", callId, value: "c" });
    expect(await second.turn.next("result")).toMatchObject({ id: 1, content: [{ text: "b" }, { text: "c" }] });
  });
});

describe("a cell whose client loses its socket again and again", () => {
  const ITEMS = 200;
  const source = `
    for (let n = 0; n < ${ITEMS}; n++) {
      text(n);
      notify(n);
      if (n % 20 === 19) await tools.hold(n);
    }
  `;
  const execute = { type: "execute", id: 1, yieldMs: null, stream: true, source };

  test.each([
    ["C6, T6, T10: is heard without a gap: each thing once, and in order", false],
    ["C6, T6, T10: with gaps is heard out: content once that was acknowledged, and everything at least once", true],
  ])("%s", async (_, withGaps) => {
    const texts: string[] = [];
    const notifications: string[] = [];
    const calls: string[] = [];
    const other: Record<Subprotocol, Subprotocol> = {
      "cellgate.v1.json": "cellgate.v1.msgpack",
      "cellgate.v1.msgpack": "cellgate.v1.json",
    };
    let subprotocol: Subprotocol = "cellgate.v1.json";
    let { turn, welcome } = await opened(subprotocol);
    turn.send(execute);
    let lastSeq = 0;
    let read = 1;
    let cuts = 0;
    for (let isOver = false; !isOver;) {
      while (read >= turn.frames.length) await turn.arrival();
      const frame = turn.frames[read]!;
      read += 1;
      if (!("seq" in frame)) continue;
      expect(frame.seq).toBe(lastSeq + 1);
      lastSeq = frame.seq;
      if ("content" in frame) texts.push(...textsOf(frame.content));
      if (frame.type === "notify") notifications.push(frame.text);
      if (frame.type === "result") isOver = true;
      if (frame.type !== "tool_call") continue;
      calls.push(frame.callId);
      const answer = { type: "tool_result", callId: frame.callId };
      if (frame.attempt === undefined) {
        // Sent and cut at once: nobody knows whether it arrived.
        turn.send(answer);
        cuts += 1;
        if (withGaps) subprotocol = other[subprotocol];
        ({ turn, welcome } = await resumed(turn, welcome, lastSeq, subprotocol));
        expect(welcome.resumed).toBe(!withGaps);
        lastSeq = welcome.seq;
        read = 1;
        turn.send(execute);
      }
      turn.send(answer);
    }
    expect(cuts).toBe(ITEMS / 20);
    const all = Array.from({ length: ITEMS }, (__, n) => String(n));
    expect(texts).toEqual(all);
    if (!withGaps) expect(notifications).toEqual(all);
    else expect([...new Set(notifications)]).toEqual(all);
    expect(new Set(calls).size).toBe(ITEMS / 20);
  });
});
