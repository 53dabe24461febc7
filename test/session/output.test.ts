import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PutOut } from "../../src/executor/executor.ts";
import { Utf8Text } from "../../src/protocol/utf8-text.ts";
import type { ContentItem } from "../../src/protocol/values.ts";
import { ByteBudget } from "../../src/session/byte-budget.ts";
import { Output, type OutputLimits } from "../../src/session/output.ts";
import { collectGarbage } from "../support/garbage.ts";
import { textsOf } from "./recording-waiter.ts";

const text = (value: string): ContentItem => ({ type: "text", text: value });

function setUp(limits: Partial<OutputLimits> = {}, max = 1_000_000) {
  const budget = new ByteBudget(max);
  const output = new Output({ unreadBytes: 1_000, unreadItems: 1_000, ...limits }, budget);
  const add = (...values: string[]) => values.forEach((value) => output.add(text(value)));
  return { output, budget, add, used: () => max - budget.free };
}

describe("what is taken", () => {
  test("C6: is everything that is there, in its order, and then nothing is", () => {
    const { output, add } = setUp();
    add("a", "b");
    output.add({ type: "image", imageUrl: "data:,c" });
    expect(output.isEmpty).toBe(false);
    expect(textsOf(output.take())).toEqual(["a", "b", "data:,c"]);
    expect(output.isEmpty).toBe(true);
    expect(output.take()).toEqual([]);
  });

  test("C6: stands in front of what has come since when it is put back", () => {
    const { output, add } = setUp();
    add("a", "b");
    const first = output.take();
    add("c");
    const second = output.take();
    add("d");
    output.putBack(second);
    output.putBack(first);
    expect(output.bytes).toBe(4);
    expect(textsOf(output.take())).toEqual(["a", "b", "c", "d"]);
  });

  test("C6: is put back run by run without a pause that grows with what is there already", () => {
    const { output } = setUp({ unreadBytes: 10_000_000, unreadItems: 400_000 }, 10_000_000);
    const runs = Array.from({ length: 10_000 }, (_, run) => {
      for (let item = 0; item < 40; item++) output.add(text(`${run}.${item}`));
      return output.take();
    });
    const start = performance.now();
    for (const run of runs.toReversed()) output.putBack(run);
    const texts = textsOf(output.take());
    expect(performance.now() - start).toBeLessThan(2_000); // 160 s where each is put in front of those before it
    expect(texts.length).toBe(400_000);
    expect([texts[0], texts[40], texts.at(-1)]).toEqual(["0.0", "1.0", "9999.39"]);
  });

  test("B5: an item counts by its bytes of UTF-8", () => {
    const { output, add } = setUp();
    add("é", "😀");
    output.add({ type: "image", imageUrl: "data:,", detail: "low" });
    output.add({ type: "text", text: new Utf8Text(Buffer.from("é")) });
    expect(output.bytes).toBe(2 + 4 + 6 + 2);
  });
});

describe("past the bound", () => {
  test("O2: the first half and the latest items are kept, and a marker says what was left out", () => {
    const { output, add } = setUp({ unreadBytes: 10 });
    add("11", "22", "33", "44", "55", "66", "77");
    expect(textsOf(output.take())).toEqual([
      "11",
      "22",
      "…2 items (4 bytes) left out: more was unread than is kept…",
      "55",
      "66",
      "77",
    ]);
  });

  test("O2: of items it is the same, even of empty ones", () => {
    const { output, add } = setUp({ unreadItems: 4 });
    add("", "", "", "", "", "x");
    expect(textsOf(output.take())).toEqual([
      "",
      "",
      "…2 items (0 bytes) left out: more was unread than is kept…",
      "",
      "x",
    ]);
  });

  test("O2: an item that is larger than the bound is left out, and those around it are kept", () => {
    const { output, add, used } = setUp({ unreadBytes: 10 });
    add("head", "x".repeat(11), "tail");
    expect(textsOf(output.take())).toEqual([
      "head",
      "…1 items (11 bytes) left out: more was unread than is kept…",
      "tail",
    ]);
    expect(used()).toBe(8);
  });

  test("O2: only one item, and that too large, leaves a marker: it is not lost in silence", () => {
    const { output, add } = setUp({ unreadBytes: 10 });
    add("x".repeat(11));
    expect(output.isEmpty).toBe(false);
    expect(textsOf(output.take())).toEqual(["…1 items (11 bytes) left out: more was unread than is kept…"]);
  });

  test("O2: what was taken frees the place: nothing is left out of what comes then", () => {
    const { output, add } = setUp({ unreadBytes: 10 });
    add("11", "22", "33", "44", "55", "66");
    output.take();
    add("aa", "bb");
    expect(textsOf(output.take())).toEqual(["aa", "bb"]);
  });

  test("O2: a marker that is put back stays in its place, and costs nothing", () => {
    const { output, add, used } = setUp({ unreadBytes: 10 });
    add("11", "22", "33", "44", "55", "66");
    const taken = output.take();
    const marker = "…1 items (2 bytes) left out: more was unread than is kept…";
    expect(textsOf(taken)).toEqual(["11", "22", marker, "44", "55", "66"]);
    output.putBack(taken);
    expect(used()).toBe(10);
    expect(textsOf(output.take())).toEqual(["11", "22", marker, "44", "55", "66"]);
  });

  test("O2: the flood of a long loop is dropped without a pause that grows with it", () => {
    const { output, used } = setUp({ unreadBytes: 100_000, unreadItems: 4_000 });
    for (let item = 0; item < 200_000; item++) output.add(text(String(item)));
    const texts = textsOf(output.take());
    expect(texts.slice(0, 3)).toEqual(["0", "1", "2"]);
    expect(texts.at(-1)).toBe("199999");
    expect(texts[2_000]).toMatch(/^…196000 items/);
    expect(used()).toBe(Buffer.byteLength(texts.join("")) - Buffer.byteLength(texts[2_000]!));
  });

  test("O2: what is left out is let go at once, not when many have been", async () => {
    const { output } = setUp({ unreadBytes: 40 });
    const items = Array.from({ length: 100 }, (_, index) => {
      const item = text(String(index).padStart(10));
      output.add(item);
      return new WeakRef(item);
    });
    await collectGarbage();
    expect(items.filter((item) => item.deref()).length).toBeLessThan(6);
    expect(output.take()).toHaveLength(5);
  });
});

describe("the session's budget", () => {
  test("is charged until what was taken is released", () => {
    const { output, add, used } = setUp();
    add("abc");
    const taken = output.take();
    expect(output.bytes).toBe(0);
    expect(used()).toBe(3);
    output.release(taken);
    expect(used()).toBe(0);
  });

  test("is given back what is discarded", () => {
    const { output, add, used } = setUp({ unreadBytes: 10 });
    add("1234", "5678", "9012", "3456");
    output.discard();
    expect(used()).toBe(0);
    expect(output.isEmpty).toBe(true);
  });

  test("bounds all outputs of it together", () => {
    const budget = new ByteBudget(10);
    const limits = { unreadBytes: 100, unreadItems: 100 };
    const [first, second] = [new Output(limits, budget), new Output(limits, budget)];
    first.add(text("12345678"));
    second.add(text("abc"));
    expect(textsOf(second.take())).toEqual(["…1 items (3 bytes) left out: more was unread than is kept…"]);
    first.discard();
    second.add(text("abc"));
    expect(textsOf(second.take())).toEqual(["abc"]);
  });

  test("is never exceeded, and is whole again when all is released, whatever was added, taken and put back", () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant("add"), size: fc.nat(30) }),
      fc.record({ do: fc.constantFrom("take", "release", "putBack", "discard"), size: fc.constant(0) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { output, used } = setUp({ unreadBytes: 80, unreadItems: 9 }, 100);
        const taken: PutOut[][] = [];
        for (const { do: what, size } of steps) {
          if (what === "add") output.add(text("x".repeat(size)));
          if (what === "take") taken.push(output.take());
          if (what === "release") output.release(taken.shift() ?? []);
          if (what === "putBack") output.putBack(taken.pop() ?? []);
          if (what === "discard") output.discard();
          expect(output.bytes).toBeLessThanOrEqual(80);
          expect(used()).toBeLessThanOrEqual(100);
        }
        for (const items of taken) output.release(items);
        output.discard();
        expect(used()).toBe(0);
      }),
    );
  });
});
