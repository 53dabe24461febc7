import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Outbox, type OutboxOptions, type Unnumbered } from "../../src/gateway/outbox.ts";
import { ByteBudget } from "../../src/session/byte-budget.ts";
import type { Receipt } from "../../src/session/waiter.ts";
import { MemoryChannel } from "../support/memory-channel.ts";

const ok = (id: number): Unnumbered => ({ type: "ok", id });
const notify = (text: string): Unnumbered => ({ type: "notify", cellId: "c", text });

const limits = { replayBytes: 1_000_000, replayFrames: 1_000, unackedAnswers: 1_000, unsentBytes: 1_000_000 };

/** An outbox, and what became of the frames that it has receipts for, in the order in which it was told. */
function outboxOf(bounds: Partial<OutboxOptions["limits"]> = {}, budget = new ByteBudget(1_000_000)) {
  const channel = new MemoryChannel();
  const told: string[] = [];
  const outbox: Outbox = new Outbox({
    limits: { ...limits, ...bounds },
    budget,
    channel,
    seq: 0,
    makeRoom: () => {},
    numbered: () => {},
    stalled: (reason) => told.push(reason),
    overflowed: () => {
      told.push("overflowed");
      outbox.giveUp();
    },
  });
  const receipt = (name: number | string): Receipt => ({
    taken: () => told.push(`${name} taken`),
    lost: () => told.push(`${name} lost`),
  });
  const send = (id: number): boolean => outbox.send(ok(id), receipt(id));
  outbox.attach(channel, 0);
  return { channel, outbox, told, receipt, send, budget };
}

const seqs = ({ sent }: MemoryChannel): number[] => sent.flatMap((frame) => ("seq" in frame ? frame.seq : []));

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

type Step =
  | { do: "send" | "notify" | "bare" | "full" | "drain" | "give up" }
  | { do: "acknowledge" | "resume"; back: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constantFrom("send", "notify", "bare", "full", "drain", "give up") }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("acknowledge", "resume"), back: fc.nat(6) }) },
);

test("whatever happens, no frame is lost or doubled, each receipt is told one thing, and all bytes are given back", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), fc.constantFrom(3, 1_000), (steps, replayFrames) => {
      const setUp = outboxOf({ replayFrames });
      const { outbox, receipt, told, budget } = setUp;
      let { channel } = setUp;
      /** What the client knows: the frames that it got, each once, and those that were announced as lost. */
      let received = 0;
      let expected = 0;
      let named = 0;
      const read = (): void => {
        for (const seq of seqs(channel)) {
          if (seq <= received) continue;
          expect(seq).toBe(received + 1);
          received = seq;
        }
      };
      for (const each of steps) {
        if (each.do === "send" || each.do === "notify") {
          named += 1;
          outbox.send(each.do === "send" ? ok(named) : notify("n"), receipt(named));
          expected += 1;
        } else if (each.do === "bare") expected += Number(outbox.send(ok(1)));
        else if (each.do === "full") channel.takes = false;
        else if (each.do === "drain") {
          channel.takes = true;
          outbox.drained();
        } else if (each.do === "acknowledge") outbox.acknowledge(Math.max(0, received - each.back));
        else if (each.do === "resume" || each.do === "give up") {
          outbox.detach();
          if (each.do === "resume") expected += Number(outbox.send(ok(1)));
          // The client may have missed the last of what was written.
          const lastSeq = Math.max(0, received - ("back" in each ? each.back : 0));
          const isWhole = each.do === "resume" && outbox.reaches(lastSeq);
          outbox.acknowledge(lastSeq);
          if (!isWhole) {
            outbox.giveUp();
            expected += 1;
          }
          channel = new MemoryChannel();
          received = isWhole ? lastSeq : outbox.seq;
          outbox.attach(channel, received);
        }
        read();
        if (channel.takes) expect(received).toBe(outbox.seq);
      }
      expected += told.filter((line) => line === "overflowed").length;
      expect(outbox.seq).toBeLessThanOrEqual(expected);
      outbox.giveUp();
      const settled = told.filter((line) => / (taken|lost)$/.test(line)).map((line) => Number(line.split(" ")[0]));
      expect(settled.toSorted((a, b) => a - b)).toEqual(Array.from({ length: named }, (_, index) => index + 1));
      expect(budget.free).toBe(1_000_000);
    }),
  );
});
