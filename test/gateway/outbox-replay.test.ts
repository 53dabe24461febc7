import { describe, expect, test } from "vitest";
import { ByteBudget } from "../../src/session/byte-budget.ts";
import { MemoryChannel } from "../support/memory-channel.ts";
import { notify, ok, outboxOf, seqs } from "./outbox-fixture.ts";

describe("another channel", () => {
  test("gets what is behind the number that its client has, and what was sent meanwhile, as it was", () => {
    const { channel, outbox, told, send } = outboxOf();
    for (const id of [1, 2, 3]) send(id);
    outbox.detach();
    send(4);
    const next = new MemoryChannel();
    expect(outbox.reaches(2)).toBe(true);
    outbox.acknowledge(2);
    outbox.attach(next, 2);
    send(5);
    expect(next.sent).toEqual([...channel.sent.slice(2), { type: "ok", id: 4, seq: 4 }, { type: "ok", id: 5, seq: 5 }]);
    expect(told).toEqual(["1 taken", "2 taken"]);
  });

  test("cannot go on from before what was acknowledged, nor from what was never written", () => {
    const { outbox, send } = outboxOf();
    for (const id of [1, 2]) send(id);
    outbox.acknowledge(1);
    outbox.detach();
    send(3);
    expect([0, 1, 2, 3].map((seq) => outbox.reaches(seq))).toEqual([false, true, true, false]);
  });

  test("may be cut before it got everything", () => {
    const { outbox, send } = outboxOf();
    for (const id of [1, 2, 3]) send(id);
    outbox.detach();
    const second = new MemoryChannel();
    second.takes = false;
    outbox.attach(second, 1);
    outbox.detach();
    const third = new MemoryChannel();
    expect([outbox.reaches(1), outbox.reaches(2)]).toEqual([true, false]);
    outbox.attach(third, 1);
    expect([seqs(second), seqs(third)]).toEqual([[], [2, 3]]);
  });
});

describe("past the bounds of what is kept", () => {
  test("frames that were written leave, the first first, and their answers stay owed", () => {
    const { outbox, told, send } = outboxOf({ replayFrames: 2 });
    for (const id of [1, 2, 3]) send(id);
    outbox.detach();
    expect([0, 1].map((seq) => outbox.reaches(seq))).toEqual([false, true]);
    expect(told).toEqual([]);
    outbox.acknowledge(1);
    expect(told).toEqual(["1 taken"]);
  });

  test("a notification that leaves is not owed any more", () => {
    const { outbox, told, receipt } = outboxOf({ replayFrames: 2 });
    for (const name of ["a", "b", "c"]) outbox.send(notify(name), receipt(name));
    expect(told).toEqual(["a taken"]);
    outbox.giveUp();
    expect(told).toEqual(["a taken", "c lost", "b lost"]);
  });

  test("what was not written stays", () => {
    const { channel, outbox, send } = outboxOf({ replayBytes: 50 });
    channel.takes = false;
    for (const id of [1, 2, 3]) send(id);
    channel.takes = true;
    outbox.drained();
    expect(seqs(channel)).toEqual([1, 2, 3]);
    outbox.detach();
    expect([0, 2].map((seq) => outbox.reaches(seq))).toEqual([false, true]);
  });

  test.each([
    ["frames", { replayFrames: 2 }],
    ["bytes", { replayBytes: 80 }],
    ["answers that are not acknowledged", { unackedAnswers: 2 }],
  ])("too many %s without a channel are given up, and all of them are lost, the last first", (_, bounds) => {
    const { outbox, told, send } = outboxOf(bounds);
    outbox.detach();
    for (const id of [1, 2, 3]) send(id);
    expect(told).toEqual(["overflowed", "3 lost", "2 lost", "1 lost"]);
    expect([outbox.reaches(0), outbox.reaches(3)]).toEqual([false, false]);
  });

  test("what all outboxes keep counts together, and is given back", () => {
    const budget = new ByteBudget(100);
    const [one, two] = [outboxOf({}, budget), outboxOf({}, budget)];
    for (const id of [1, 2]) one.send(id);
    for (const id of [1, 2, 3]) two.send(id);
    two.outbox.detach();
    expect([0, 2].map((seq) => two.outbox.reaches(seq))).toEqual([false, true]);
    one.outbox.acknowledge(2);
    two.outbox.giveUp();
    expect(budget.free).toBe(100);
  });

  test("more answers than the limit without an acknowledgement are told, and frames that nothing depends on are not", () => {
    const { outbox, told, send } = outboxOf({ unackedAnswers: 3 });
    for (let id = 10; id < 20; id++) outbox.send(ok(id));
    for (const id of [1, 2, 3]) send(id);
    outbox.acknowledge(11);
    send(4);
    expect(told).toEqual(["1 taken"]);
    send(5);
    expect(told.slice(1)).toEqual(["more than 3 answers are not acknowledged (unackedAnswers)"]);
  });
});

describe("what was given up", () => {
  test("may have arrived before its frames were dropped: what is acknowledged then is not lost", () => {
    const { outbox, told, send, receipt, channel } = outboxOf();
    for (const id of [1, 2, 3]) send(id);
    for (const id of [4, 5]) outbox.send(notify(`${id}`), receipt(id));
    outbox.detach();
    outbox.drop();
    expect(outbox.reaches(5)).toBe(false);
    send(6);
    expect(told).toEqual(["6 lost"]);
    expect(outbox.acknowledge(6)).toBe(false);
    expect(outbox.acknowledge(2)).toBe(true);
    expect(outbox.acknowledge(4)).toBe(true);
    outbox.giveUp();
    expect(told).toEqual(["6 lost", "1 taken", "2 taken", "3 taken", "4 taken", "5 lost"]);
    expect(channel.sent).toHaveLength(5);
  });

  test("is lost, the last first, and so is what is sent until there is a channel again; each time takes a number", () => {
    const { outbox, told, send } = outboxOf();
    for (const id of [1, 2, 3]) send(id);
    outbox.acknowledge(1);
    outbox.giveUp();
    send(4);
    outbox.giveUp();
    expect(told).toEqual(["1 taken", "3 lost", "2 lost", "4 lost"]);
    const next = new MemoryChannel();
    outbox.attach(next, outbox.seq);
    send(5);
    expect(next.sent).toEqual([{ type: "ok", id: 5, seq: 6 }]);
  });
});
