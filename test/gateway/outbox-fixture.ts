import { Outbox, type OutboxOptions, type Unnumbered } from "../../src/gateway/outbox.ts";
import { ByteBudget } from "../../src/session/byte-budget.ts";
import type { Receipt } from "../../src/session/waiter.ts";
import { MemoryChannel } from "../support/memory-channel.ts";

export const ok = (id: number): Unnumbered => ({ type: "ok", id });
export const notify = (text: string): Unnumbered => ({ type: "notify", cellId: "c", text });

const limits = { replayBytes: 1_000_000, replayFrames: 1_000, unackedAnswers: 1_000, unsentBytes: 1_000_000 };

/** An outbox, and what became of the frames that it has receipts for, in the order in which it was told. */
export function outboxOf(bounds: Partial<OutboxOptions["limits"]> = {}, budget = new ByteBudget(1_000_000)) {
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

/** The numbers of the frames that a channel was given. */
export const seqs = ({ sent }: MemoryChannel): number[] => sent.flatMap((frame) => ("seq" in frame ? frame.seq : []));
