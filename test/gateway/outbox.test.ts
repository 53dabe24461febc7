import { describe, expect, test } from "vitest";
import { notify, ok, outboxOf, seqs } from "./outbox-fixture.ts";

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
    outbox.giveUp();
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

  test("a seq that was never sent, or not written yet, is refused and takes nothing", () => {
    const { channel, outbox, told, send } = outboxOf();
    expect(outbox.acknowledge(0)).toBe(true);
    expect(outbox.acknowledge(1)).toBe(false);
    send(1);
    expect(outbox.acknowledge(2)).toBe(false);
    channel.takes = false;
    send(2);
    expect(outbox.acknowledge(2)).toBe(false);
    expect(told).toEqual([]);
  });

  test("a receipt may send and acknowledge in its turn", () => {
    const { outbox, told, receipt, send } = outboxOf();
    outbox.send(ok(1), { ...receipt(1), taken: () => void (send(3) && outbox.acknowledge(3)) });
    send(2);
    expect(outbox.acknowledge(2)).toBe(true);
    expect(told).toEqual(["2 taken", "3 taken"]);
  });
});

describe("a channel that takes no more", () => {
  test("is written to when it does again, in order", () => {
    const { channel, outbox, send } = outboxOf();
    send(1);
    channel.takes = false;
    for (const id of [2, 3]) send(id);
    expect([seqs(channel), outbox.takes]).toEqual([[1], false]);
    channel.takes = true;
    expect(outbox.takes).toBe(false);
    outbox.drained();
    expect([seqs(channel), outbox.takes]).toEqual([[1, 2, 3], true]);
  });

  test("is stalled when more than the bound was not taken, which one answer alone never is", () => {
    const { channel, outbox, told, receipt, send } = outboxOf({ unsentBytes: 100 });
    channel.takes = false;
    outbox.send(notify("last"), receipt("large"), [notify("x".repeat(300)), notify("y".repeat(300))]);
    expect(told).toEqual([]);
    send(2);
    expect(told).toEqual(["more than 100 bytes were not taken (unsentBytes)"]);
  });

  test("holds back what is called when all is written", () => {
    const { channel, outbox, send } = outboxOf();
    channel.takes = false;
    send(1);
    let written = 0;
    outbox.whenWritten(() => (written += 1));
    expect(written).toBe(0);
    channel.takes = true;
    outbox.drained();
    send(2);
    expect(written).toBe(1);
  });
});
