import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ReplayLog } from "../../src/gateway/replay-log.ts";
import { ByteBudget } from "../../src/session/byte-budget.ts";

const message = (text: string): Uint8Array => Buffer.from(text);

/** A log that counts on from 10, and what became of its receipts. */
function logOf(replayFrames = 100, replayBytes = 100, budget = new ByteBudget(1_000)) {
  const log = new ReplayLog({ replayBytes, replayFrames }, budget, 10);
  const told: string[] = [];
  const push = (text: string): void =>
    log.push(message(text), { taken: () => told.push(`${text} taken`), lost: () => told.push(`${text} lost`) });
  return { log, told, push, budget };
}

describe("a replay log", () => {
  test("has the frames behind its base, by their numbers", () => {
    const { log, push } = logOf();
    for (const text of ["a", "bb", "ccc"]) push(text);
    expect([log.base, log.last, log.at(11), log.at(13)]).toEqual([10, 13, message("a"), message("ccc")]);
    expect([10, 11, 13].map((seq) => log.bytesBehind(seq))).toEqual([6, 5, 0]);
    expect(() => log.at(10)).toThrow("expected a frame from 11 to 13, got 10");
    expect(() => log.at(14)).toThrow(RangeError);
  });

  test("forgets up to a number, and what left it counts as taken", () => {
    const { log, told, push, budget } = logOf();
    for (const text of ["a", "bb", "ccc"]) push(text);
    log.forget(12);
    log.forget(11);
    expect([log.base, log.last, told, budget.free]).toEqual([12, 13, ["a taken", "bb taken"], 997]);
    log.forget(99);
    expect([log.base, log.last, budget.free]).toEqual([13, 13, 1_000]);
  });

  test.each<[string, number, number, ByteBudget]>([
    ["frames", 2, 100, new ByteBudget(1_000)],
    ["bytes", 100, 5, new ByteBudget(1_000)],
    ["bytes in all", 100, 100, new ByteBudget(5)],
  ])("that has too many %s is trimmed from the front, as far as it may be", (_, frames, bytes, budget) => {
    const { log, push } = logOf(frames, bytes, budget);
    for (const text of ["aa", "bb"]) push(text);
    expect(log.isOver).toBe(false);
    for (const text of ["cc", "dd"]) push(text);
    expect(log.isOver).toBe(true);
    log.trim(11);
    expect([log.base, log.isOver]).toEqual([11, true]);
    log.trim(14);
    expect([log.base, log.isOver]).toEqual([12, false]);
  });

  test("that is cleared gives back its bytes and the receipts that are owed, and counts on", () => {
    const { log, push, told, budget } = logOf();
    for (const text of ["a", "b", "c"]) push(text);
    log.forget(11);
    const cleared = log.clear();
    expect(cleared.map(({ seq }) => seq)).toEqual([12, 13]);
    for (const { receipt } of cleared) receipt.lost();
    expect([log.base, log.last, budget.free, told]).toEqual([13, 13, 1_000, ["a taken", "b lost", "c lost"]]);
    push("d");
    expect(log.at(14)).toEqual(message("d"));
  });

  test("has every frame in its place, whatever is added and forgotten", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constant("push" as const), fc.nat(40)), { maxLength: 100 }), (steps) => {
        const { log, push, budget } = logOf();
        for (const each of steps) {
          if (each === "push") push(`frame ${log.last + 1}`);
          else log.forget(10 + each);
          for (let seq = log.base + 1; seq <= log.last; seq++) expect(log.at(seq)).toEqual(message(`frame ${seq}`));
          expect(1_000 - budget.free).toBe(log.bytesBehind(log.base));
        }
      }),
    );
  });
});
