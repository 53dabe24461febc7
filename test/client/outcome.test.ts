import { expect, test } from "vitest";
import { Outcome } from "../../client/outcome.ts";

const text = (text: string) => ({ type: "text", text }) as const;
const image = { type: "image", imageUrl: "data:x" } as const;

test("the text of an outcome is that of its text items, a line each", () => {
  expect(new Outcome("result", "c", [text("a"), image, text("b")]).text).toBe("a\nb");
  expect(new Outcome("result", "c", [image]).text).toBe("");
});

test("an outcome is data: its text is not there twice, and an error only where there is one", () => {
  expect(JSON.stringify(new Outcome("result", "c", [text("a")]))).toBe(
    '{"type":"result","cellId":"c","content":[{"type":"text","text":"a"}]}',
  );
});

test("content of earlier answers goes in front", () => {
  const error = { code: "script_error", message: "no" } as const;
  const usage = { wallMs: 3, cpuMs: 2, toolCalls: 1 };
  const outcome = new Outcome("result", "c", [text("b")], error, usage).after([text("a")]);
  expect(outcome).toMatchObject({ type: "result", cellId: "c", content: [text("a"), text("b")], error, usage });
});
