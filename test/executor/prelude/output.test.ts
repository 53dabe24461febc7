import { describe, expect, test } from "vitest";
import { runInIsolate, textsOf, valueOf } from "../isolate-run.ts";

/** What a helper's refusal says, and whether it is as rule J11 wants it. */
const refusal = (call: string) => `try { ${call}; return "accepted" } catch (e) {
  return [String(e), e instanceof Error, e.message === String(e), e.stack.split("\\n").find((line) => line.startsWith("    at "))];
}`;

describe("J4: text", () => {
  test.each<[string, string]>([
    [`"plain"`, "plain"],
    [`""`, ""],
    [`1.5`, "1.5"],
    [`-0`, "0"],
    [`NaN`, "NaN"],
    [`12n`, "12"],
    [`true`, "true"],
    [`null`, "null"],
    [`undefined`, "undefined"],
    [`Symbol("s")`, "Symbol(s)"],
    [`{ a: [1, null, undefined] }`, '{"a":[1,null,null]}'],
    [`[]`, "[]"],
    [`new Date(0)`, '"1970-01-01T00:00:00.000Z"'],
    [`new Map([[1, 2]])`, "{}"],
    [`Object.create(null)`, "{}"],
    [`{ toJSON: () => "own" }`, '"own"'],
    [`function f() {}`, "function f() {}"],
    [`new String("boxed")`, '"boxed"'],
    [`"lone \\ud800 high"`, "lone \ufffd high"],
    [`["\\udc00"]`, '["\\udc00"]'],
    [`"🐴"`, "🐴"],
  ])("J4: text(%s)", async (value, text) => {
    expect(await textsOf(`text(${value})`)).toEqual([text]);
  });

  test.each<[string, string]>([
    [`const o = {}; o.o = o; text(o)`, "Converting circular structure to JSON"],
    [`text({ n: 1n })`, "Do not know how to serialize a BigInt"],
    [`text("x".repeat(2000))`, "text expects at most 1000 bytes (unreadBytes)"],
  ])("J4, J11: %s throws to the cell", async (call, message) => {
    const [text, isError, isBare, frame] = (await valueOf(refusal(call), {
      limits: { unreadBytes: 1_000 },
    })) as string[];
    expect(text).toContain(message);
    expect([isError, isBare]).toEqual([true, true]);
    expect(frame).toMatch(/cell\.js:1:|JSON\.stringify/);
  });

  test("J4, O2: text of as many characters as the limit has bytes is put out, for the gateway to count", async () => {
    const limits = { unreadBytes: 999 };
    expect(await textsOf(`text("€".repeat(999)); text("x".repeat(999))`, { limits })).toHaveLength(2);
  });

  test("J4: what a toJSON throws reaches the cell as it is", async () => {
    const source = `const mine = new Error("mine"); try { text({ toJSON() { throw mine } }) } catch (e) { return e === mine }`;
    expect(await valueOf(source)).toBe(true);
  });

  test("J4, J5, T10: output helpers return undefined", async () => {
    const source = `return [text("a"), image("data:,"), notify("n"), yield_control()].every((v) => v === undefined)`;
    expect(await valueOf(source)).toBe(true);
  });
});

describe("J5: image", () => {
  const block = `{ type: "image", data: "QUJD", mimeType: "image/png"`;
  test.each<[string, string, string | undefined]>([
    [`"data:image/png;base64,QUJD"`, "data:image/png;base64,QUJD", undefined],
    [`"https://example.com/a.png"`, "https://example.com/a.png", undefined],
    [`"HTTP://example.com/a.png"`, "HTTP://example.com/a.png", undefined],
    [`"data:,", "low"`, "data:,", "low"],
    [`"data:,", null`, "data:,", undefined],
    [`{ image_url: "data:,", detail: "high" }`, "data:,", "high"],
    [`{ image_url: "data:,", detail: "high" }, "original"`, "data:,", "original"],
    [`{ image_url: "data:,", detail: null }`, "data:,", undefined],
    [`${block} }`, "data:image/png;base64,QUJD", undefined],
    [`${block}, _meta: { "codex/imageDetail": "auto" } }`, "data:image/png;base64,QUJD", "auto"],
    [`${block}, _meta: null }`, "data:image/png;base64,QUJD", undefined],
    [`${block}, _meta: {} }, "low"`, "data:image/png;base64,QUJD", "low"],
  ])("J5: image(%s)", async (given, imageUrl, detail) => {
    const { events } = await runInIsolate(`image(${given})`);
    expect(events[1]).toEqual({ type: "content", item: { type: "image", imageUrl, detail } });
  });

  const forms = "image expects a data URL, an http(s) URL, { image_url, detail? } or an MCP image block";
  const details = "image expects detail to be one of auto, low, high, original";
  test.each<[string, string]>([
    [``, forms],
    [`5`, forms],
    [`null`, forms],
    [`""`, forms],
    [`"ftp://example.com"`, forms],
    [`"file:///etc/passwd"`, forms],
    [`" data:,"`, forms],
    [`{}`, forms],
    [`{ image_url: 5 }`, forms],
    [`{ type: "image", data: "QUJD" }`, "image expects an MCP image block with the strings data and mimeType"],
    [`{ type: "image", mimeType: "image/png" }`, "image expects an MCP image block with the strings data and mimeType"],
    [`"data:,", "huge"`, details],
    [`"data:,", 5`, details],
    [`{ image_url: "data:,", detail: "" }`, details],
    [`${block}, _meta: { "codex/imageDetail": "big" } }`, details],
    [`"data:," + "x".repeat(1000)`, "image expects at most 1000 bytes (unreadBytes)"],
  ])("J5: image(%s) says what was expected", async (given, message) => {
    const { error } = await runInIsolate(`image(${given})`, { limits: { unreadBytes: 1_000 } });
    expect(error?.message.split("\n")[0]).toContain(message);
    expect([error?.line, error?.column]).toEqual([1, 1]);
  });

  test("J5, J11: its errors are real ones whose toString() is the message", async () => {
    expect(await valueOf(refusal(`image(5)`))).toEqual([forms, true, true, expect.stringMatching(/cell\.js:1:/)]);
  });
});

describe("T10: notify", () => {
  test("T10: sends text at once, in order", async () => {
    const { events } = await runInIsolate(`notify("a"); notify({ b: 1 }); notify(3)`);
    expect(events.slice(1, -1)).toEqual([
      { type: "notify", text: "a" },
      { type: "notify", text: '{"b":1}' },
      { type: "notify", text: "3" },
    ]);
  });

  test.each<[string, string]>([
    [`notify("")`, "notify expects non-empty text"],
    [`notify("x".repeat(101))`, "notify expects at most 100 bytes of text (notifyBytes)"],
    [`notify("é".repeat(51))`, "notify expects at most 100 bytes of text (notifyBytes)"],
  ])("T10, J11: %s is refused", async (call, message) => {
    const limits = { notifyBytes: 100 };
    expect(await valueOf(refusal(call), { limits })).toEqual([
      message,
      true,
      true,
      expect.stringMatching(/cell\.js:1:/),
    ]);
  });

  test("T10: text of exactly the limit is sent", async () => {
    const { how } = await runInIsolate(`notify("é".repeat(50))`, { limits: { notifyBytes: 100 } });
    expect(how).toBe("finished");
  });
});

describe("C4: yield_control", () => {
  test("C4: is told in its place among the others", async () => {
    const { events } = await runInIsolate(`text("a"); yield_control(); text("b")`);
    expect(events.map(({ type }) => type)).toEqual(["started", "content", "yield", "content", "ended"]);
  });
});
