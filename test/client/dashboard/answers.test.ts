import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { Answers } from "../../../client/dashboard/playground/answers.ts";

beforeAll(() => {
  vi.stubGlobal("localStorage", undefined); // Node's own warns
});

afterAll(() => {
  vi.unstubAllGlobals();
});

const call = { callId: "k", cellId: "c", name: "search", kind: "function", attempt: 1 } as const;

test("A call waits for a person from when it came, by the clock that is given", async () => {
  const answers = new Answers(() => 5_000);
  const answered = answers.invokeTool(call, new AbortController().signal);
  const [open] = answers.open.value;
  expect(open).toMatchObject({ call, madeAtMs: 5_000 });
  open?.answer({ type: "resolve", value: 1 });
  expect([await answered, answers.open.value]).toEqual([1, []]);
});

test("A call that is cancelled is asked for no more", async () => {
  const answers = new Answers(() => 0);
  const controller = new AbortController();
  const answered = answers.invokeTool(call, controller.signal);
  controller.abort(new Error("terminated"));
  await expect(answered).rejects.toThrow("terminated");
  expect(answers.open.value).toEqual([]);
});
