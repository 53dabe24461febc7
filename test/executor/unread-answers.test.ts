import { expect, test } from "vitest";
import { UnreadAnswers } from "../../src/executor/unread-answers.ts";
import { startIsolate } from "./isolate-run.ts";

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

test("answers that come at once are delivered at once, in their order, and count until they are read", async () => {
  const delivered: unknown[][] = [];
  let read = () => {};
  const answers = new UnreadAnswers((parts) => {
    delivered.push(parts);
    return new Promise((resolve) => (read = resolve));
  });
  answers.add(2, { ok: true, json: "[1]" });
  answers.add(1, { ok: false, code: "c", message: "four" });
  answers.add(3, { ok: true });
  await nextTurn();
  answers.add(4, { ok: true, json: "7" });
  expect(delivered).toEqual([[2, true, "[1]", undefined, 1, false, "four", "c", 3, true, undefined, undefined]]);
  expect(answers.chars).toBe(8);
  read();
  await nextTurn();
  expect(delivered[1]).toEqual([4, true, "7", undefined]);
  expect(answers.chars).toBe(1);
});

test("what waits for answers that come at once goes on in the order of the answers, and each has its own", async () => {
  const { isolate, record } = startIsolate(
    `await Promise.all([1, 2, 3].map((input) => tools.t(input).then(text, (error) => text(error.code + error))))`,
    { tools: ["t"] },
  );
  await record.until(({ events }) => events.filter(({ type }) => type === "tool_call").length === 3);
  isolate.answer(3, { ok: true, json: `"c"` });
  isolate.answer(1, { ok: false, code: "b", message: "ad" });
  isolate.answer(9, { ok: true, json: "9" });
  isolate.answer(2, { ok: true });
  expect(await record.ended).toEqual({ how: "finished" });
  expect(record.texts).toEqual(["c", "bad", "undefined"]);
});
