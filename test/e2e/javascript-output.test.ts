import { describe, expect, test } from "vitest";
import { sharedGateway } from "../support/running-gateway.ts";
import { textsOf } from "./cell-turn.ts";
import { ATTEMPT, sdkTurn } from "./sdk-turn.ts";

const gateway = sharedGateway();

async function run(source: string) {
  const turn = await sdkTurn(gateway());
  const outcome = await turn.run(source);
  return { content: outcome.content, texts: textsOf(outcome.content), error: outcome.error };
}

describe("J4: text", () => {
  test.for([
    ["a string", `"a\\n\\u0000\\ud83d\\ude00"`, "a\n\u0000😀"],
    ["an empty string", `""`, ""],
    ["a number", "-0.5", "-0.5"],
    ["minus zero", "-0", "0"],
    ["no number", "NaN", "NaN"],
    ["a BigInt", "12n", "12"],
    ["a boolean", "false", "false"],
    ["null", "null", "null"],
    ["undefined", "undefined", "undefined"],
    ["nothing", "", "undefined"],
    ["a symbol", `Symbol("s")`, "Symbol(s)"],
    ["an object", `{ a: [1, "x", undefined, null], b: undefined, c: () => 1 }`, '{"a":[1,"x",null,null]}'],
    ["a date", "new Date(0)", '"1970-01-01T00:00:00.000Z"'],
    ["a boxed value", `new String("s")`, '"s"'],
    ["an error", `new Error("e")`, "{}"],
    ["a map", "new Map([[1, 2]])", "{}"],
    ["its own toJSON", `{ toJSON: () => ({ mine: true }) }`, '{"mine":true}'],
    ["a function", "function f(a) { return a }", "function f(a) { return a }"],
    ["what JSON makes nothing of", "{ toJSON() {} }", "[object Object]"],
    ["a lone surrogate", `"a\\ud800b"`, "a\ufffdb"],
    ["lone surrogates inside", `["\\udc00"]`, '["\\udc00"]'],
    ["half of a pair at the end", `"\\ud83d"`, "\ufffd"],
  ] as const)("puts out %s", async ([, source, expected]) => {
    for (const subprotocol of ["cellgate.v1.msgpack", "cellgate.v1.json"] as const) {
      const turn = await sdkTurn(gateway(), { subprotocol });
      const outcome = await turn.run(`if (text(${source}) !== undefined) throw new Error("expected undefined")`);
      expect(outcome.error).toBeUndefined();
      expect(outcome.content).toEqual([{ type: "text", text: expected }]);
    }
  });

  test("throws what the conversion throws, and puts nothing out", async () => {
    const { texts } = await run(`${ATTEMPT}
      const cycle = { a: {} }; cycle.a.cycle = cycle;
      attempt(() => text(cycle));
      attempt(() => text({ n: 1n }));
      attempt(() => text({ toJSON() { throw new RangeError("mine") } }));
      attempt(() => text({ get a() { throw new TypeError("also mine") } }));
      try { text(Object.assign(Object.create(null), { toJSON() {} })) } catch (error) { text(error.name) }
    `);
    expect(texts[0]).toMatch(/^Converting circular structure to JSON\n/);
    expect(texts.slice(1)).toEqual([
      "Do not know how to serialize a BigInt",
      "RangeError: mine",
      "TypeError: also mine",
      "TypeError",
    ]);
  });

  test("keeps the order of texts and images, and one argument is all it takes", async () => {
    const { content } = await run(`text("a", "b"); image("data:,x"); text("c"); for (let n = 0; n < 100; n++) text(n)`);
    expect(content.slice(0, 3)).toEqual([
      { type: "text", text: "a" },
      { type: "image", imageUrl: "data:,x" },
      { type: "text", text: "c" },
    ]);
    expect(textsOf(content.slice(3))).toEqual(Array.from({ length: 100 }, (_, n) => String(n)));
  });
});

describe("J5: image", () => {
  test.for([
    ["a data URL", `"data:image/png;base64,AAAA"`, { imageUrl: "data:image/png;base64,AAAA" }],
    ["an http URL", `"http://example.com/a.png"`, { imageUrl: "http://example.com/a.png" }],
    ["an https URL", `"https://example.com/a.png"`, { imageUrl: "https://example.com/a.png" }],
    ["a URL in capitals", `"HTTPS://example.com/"`, { imageUrl: "HTTPS://example.com/" }],
    ["a URL and a detail", `"data:,x", "low"`, { imageUrl: "data:,x", detail: "low" }],
    ["an object", `{ image_url: "data:,x" }`, { imageUrl: "data:,x" }],
    ["an object with a detail", `{ image_url: "data:,x", detail: "high" }`, { imageUrl: "data:,x", detail: "high" }],
    [
      "an object with another detail",
      `{ image_url: "data:,x", detail: "high" }, "auto"`,
      { imageUrl: "data:,x", detail: "auto" },
    ],
    ["original detail", `{ image_url: "data:,x" }, "original"`, { imageUrl: "data:,x", detail: "original" }],
    ["no detail in so many words", `{ image_url: "data:,x", detail: null }, null`, { imageUrl: "data:,x" }],
    [
      "an MCP block",
      `{ type: "image", data: "AAAA", mimeType: "image/png" }`,
      { imageUrl: "data:image/png;base64,AAAA" },
    ],
    [
      "an MCP block with a detail",
      `{ type: "image", data: "AAAA", mimeType: "image/gif", _meta: { "codex/imageDetail": "low" } }`,
      { imageUrl: "data:image/gif;base64,AAAA", detail: "low" },
    ],
    [
      "an MCP block with another detail",
      `{ type: "image", data: "AAAA", mimeType: "image/gif", _meta: { "codex/imageDetail": "low" } }, "high"`,
      { imageUrl: "data:image/gif;base64,AAAA", detail: "high" },
    ],
  ] as const)("takes %s", async ([, source, expected]) => {
    const { content, error } = await run(`if (image(${source}) !== undefined) throw new Error("expected undefined")`);
    expect(error).toBeUndefined();
    expect(content).toEqual([{ type: "image", ...expected }]);
  });

  const forms = "image expects a data URL, an http(s) URL, { image_url, detail? } or an MCP image block";
  const details = "image expects detail to be one of auto, low, high, original";
  const block = "image expects an MCP image block with the strings data and mimeType";
  test.for([
    ["nothing", ``, forms],
    ["null", `null`, forms],
    ["a number", `5`, forms],
    ["an empty string", `""`, forms],
    ["base64 alone", `"AAAA"`, forms],
    ["another scheme", `"file:///etc/passwd"`, forms],
    ["an object without a URL", `{ url: "data:,x" }`, forms],
    ["an object with another scheme", `{ image_url: "javascript:1" }`, forms],
    ["an MCP text", `{ type: "text", text: "x" }`, forms],
    ["an MCP block without data", `{ type: "image", mimeType: "image/png" }`, block],
    ["an MCP block without a type", `{ type: "image", data: "AAAA" }`, block],
    ["an unknown detail", `"data:,x", "medium"`, details],
    ["an unknown detail in the value", `{ image_url: "data:,x", detail: 5 }`, details],
    [
      "an unknown detail in a block",
      `{ type: "image", data: "", mimeType: "a/b", _meta: { "codex/imageDetail": "x" } }`,
      details,
    ],
  ] as const)("refuses %s and says what was expected", async ([, source, message]) => {
    const { content, error } = await run(`${ATTEMPT} attempt(() => image(${source}))`);
    expect(error).toBeUndefined();
    expect(content).toEqual([{ type: "text", text: message }]);
  });
});

test("J11: what the helpers refuse is a real Error, whose toString() is the message alone, with the place of the call", async () => {
  const { texts } = await run(`
    const cycle = []; cycle.push(cycle);
    const refusals = [
      () => text(cycle), () => notify(cycle), () => notify(""), () => image(1), () => image("data:,", 1),
      () => store(1), () => store("k"), () => store("__proto__", 1), () => store("k", cycle), () => load(),
      () => setTimeout(), () => setTimeout("text(1)"),
    ];
    for (const refusal of refusals) {
      try { refusal(); text("accepted") } catch (error) {
        const { message, stack } = error;
        text([error instanceof Error, Object.prototype.toString.call(error), error.toString() === message,
          message.length > 10, /^    at .*cell\\.js:\\d+:\\d+/m.exec(stack).index === stack.indexOf("    at ")]);
      }
    }
  `);
  expect(texts).toEqual(Array(12).fill('[true,"[object Error]",true,true,true]'));
});
