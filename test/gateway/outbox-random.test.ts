import * as fc from "fast-check";
import { expect, test } from "vitest";
import { MemoryChannel } from "../support/memory-channel.ts";
import { notify, ok, outboxOf, seqs } from "./outbox-fixture.ts";

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
