import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Outbox, type Unnumbered } from "../../src/gateway/outbox.ts";
import { MemoryChannel } from "../support/memory-channel.ts";

const ok = (id: number): Unnumbered => ({ type: "ok", id });

/** An outbox, and what became of the frames that it has receipts for, in the order in which it was told. */
function outboxOf(max = 100) {
  const channel = new MemoryChannel();
  const outbox = new Outbox(channel, max);
  const told: string[] = [];
  const send = (id: number): boolean =>
    outbox.send(ok(id), { taken: () => told.push(`${id} taken`), lost: () => told.push(`${id} lost`) });
  return { channel, outbox, told, send };
}

describe("numbers", () => {
  test("count the frames that were sent, from 1", () => {
    const { channel, outbox, send } = outboxOf();
    send(7);
    outbox.send(ok(8));
    send(9);
    expect(channel.sent).toEqual([
      { type: "ok", id: 7, seq: 1 },
      { type: "ok", id: 8, seq: 2 },
      { type: "ok", id: 9, seq: 3 },
    ]);
  });

  test("are not used up by a frame that is too large to send, whose receipt is not kept either", () => {
    const { channel, outbox, told, send } = outboxOf();
    channel.isTooLarge = () => true;
    expect(send(1)).toBe(false);
    channel.isTooLarge = () => false;
    expect(send(2)).toBe(true);
    expect(channel.sent).toEqual([{ type: "ok", id: 2, seq: 1 }]);
    outbox.abandon();
    expect(told).toEqual(["2 lost"]);
  });
});

describe("acknowledging", () => {
  test("a seq takes every frame up to it, in order and once", () => {
    const { outbox, told, send } = outboxOf();
    for (const id of [1, 2, 3, 4]) send(id);
    expect(outbox.acknowledge(2)).toBe(true);
    expect(told).toEqual(["1 taken", "2 taken"]);
    expect(outbox.acknowledge(1)).toBe(true);
    expect(outbox.acknowledge(2)).toBe(true);
    expect(told).toHaveLength(2);
    expect(outbox.acknowledge(4)).toBe(true);
    expect(told).toEqual(["1 taken", "2 taken", "3 taken", "4 taken"]);
  });

  test("a seq that was never sent is refused and takes nothing", () => {
    const { outbox, told, send } = outboxOf();
    expect(outbox.acknowledge(0)).toBe(true);
    expect(outbox.acknowledge(1)).toBe(false);
    send(1);
    expect(outbox.acknowledge(2)).toBe(false);
    expect(told).toEqual([]);
  });

  test("a receipt may send and acknowledge in its turn", () => {
    const { outbox, told, send } = outboxOf();
    outbox.send(ok(1), { taken: () => void (send(3) && outbox.acknowledge(3)), lost: () => told.push("1 lost") });
    send(2);
    expect(outbox.acknowledge(2)).toBe(true);
    expect(told).toEqual(["2 taken", "3 taken"]);
  });
});

describe("what was not acknowledged when the turn is over is lost", () => {
  test("the last first", () => {
    const { outbox, told, send } = outboxOf();
    for (const id of [1, 2, 3]) send(id);
    outbox.acknowledge(1);
    outbox.abandon();
    outbox.abandon();
    expect(told).toEqual(["1 taken", "3 lost", "2 lost"]);
  });
});

describe("more answers than the limit without an acknowledgement", () => {
  test("close the connection with 4431", () => {
    const { channel, outbox, send } = outboxOf(3);
    for (const id of [1, 2, 3]) send(id);
    expect(channel.closing).toBeUndefined();
    outbox.acknowledge(1);
    send(4);
    expect(channel.closing).toBeUndefined();
    send(5);
    expect(channel.closing).toEqual({
      code: 4431,
      reason: "more than 3 answers are not acknowledged (unackedAnswers)",
    });
  });

  test("frames that nothing depends on do not count", () => {
    const { channel, outbox } = outboxOf(3);
    for (let id = 1; id <= 10; id++) outbox.send(ok(id));
    expect(channel.closing).toBeUndefined();
  });
});

test("whatever the order of sends and acknowledgements, each receipt is told exactly one thing", () => {
  const steps = fc.array(fc.oneof(fc.constant("send" as const), fc.constant("bare" as const), fc.nat(60)));
  fc.assert(
    fc.property(steps, (sequence) => {
      const { channel, outbox, told, send } = outboxOf(1_000);
      const kept: number[] = [];
      let highest = 0;
      for (const step of sequence) {
        const seq = channel.sent.length + 1;
        if (step === "bare") outbox.send(ok(seq));
        else if (step === "send") {
          send(seq);
          kept.push(seq);
        } else if (outbox.acknowledge(step)) highest = Math.max(highest, step);
        else expect(step).toBeGreaterThan(channel.sent.length);
      }
      outbox.abandon();
      const taken = kept.filter((seq) => seq <= highest).map((seq) => `${seq} taken`);
      const lost = kept.filter((seq) => seq > highest).map((seq) => `${seq} lost`);
      expect(told).toEqual([...taken, ...lost.toReversed()]);
    }),
  );
});
