import type { HostileCell, HostileTable } from "../hostile-cell.ts";

const unclosed = (does: string, source: string): HostileCell => ({ does, source, ends: "syntax_error", texts: [] });

const cells: HostileCell[] = [
  unclosed("closes it and goes on behind", `}); text("out"); (async()=>{`),
  unclosed("closes it and goes on in the arguments", `}, text("out"), async()=>{`),
  unclosed("closes it and throws an error", `}, (()=>{throw new Error("out")})(), async()=>{`),
  unclosed("closes it and throws a number", `}, (()=>{throw 1})(), async()=>{`),
  unclosed("closes it and throws null", `}, (()=>{throw null})(), async()=>{`),
  unclosed("closes it and throws undefined", `}); throw undefined; (async()=>{`),
  unclosed("closes it and throws what cannot be transferred", `}); throw { get name() { throw 1 } }; (async()=>{`),
  unclosed("closes it behind a return", `return; }); text("out"); (async()=>{`),
  unclosed(
    "throws an endless message behind a return",
    `return; }, (()=>{throw new Error("x".repeat(1e7))})(), async()=>{`,
  ),
  unclosed(
    "throws a syntax error of its own",
    `return; }, (()=>{throw new SyntaxError("mine [cell.js:999:999]")})(), async()=>{`,
  ),
  unclosed("keeps what starts the code", `}, globalThis.r = $run, async()=>{`),
  unclosed("starts the code itself", `}, $run(async()=>{ text("out") }), async()=>{`),
  unclosed("replaces what starts the code by a function", `}); function $run(f) { text("out"); f() } (async()=>{`),
  unclosed("replaces what starts the code by a variable", `}); var $run = (f) => f(); (async()=>{`),
  unclosed("shadows what starts the code", `}); let $run; (async()=>{`),
  unclosed("replaces the text of functions first", `}, Function.prototype.toString = () => "x".repeat(85), async()=>{`),
  unclosed("leaves another function of the right length", `}); (async()=>{"use strict"; text("out") \n}`),
  unclosed("opens a class around the rest", `}); class A { static x = text("out"); static async y(){`),
  unclosed("opens a template around the rest", "}); text(`"),
  unclosed("opens a comment around the rest", "/* the rest"),
  unclosed("opens a regular expression around the rest", "/the rest"),
  unclosed("closes it with a brace too many", `text("out") }`),
  unclosed("begins with a hashbang", `#!/usr/bin/env node\ntext("out")`),
  unclosed("is nested too deep to be parsed", `${"(".repeat(300_000)}1${")".repeat(300_000)}`),
  unclosed("is an expression too deep to be parsed", `${"!".repeat(500_000)}1`),
  unclosed("is a chain of a hundred thousand members too deep", "a?.[".repeat(200_000)),
  { does: "ends in a comment", source: `text("in") // the rest`, texts: ["in"] },
  { does: "ends in a comment of old", source: `text("in")\n<!-- the rest`, texts: ["in"] },
  { does: "ends in another comment of old", source: `text("in")\n--> the rest`, texts: ["in"] },
  {
    does: "ends a comment by U+2028",
    source: `// \u2028text("in")//\u2029text("in, too")`,
    texts: ["in", "in, too"],
  },
  { does: "ends in a backslash of a line", source: `text("i\\\nn")`, texts: ["in"] },
  {
    does: "names another source",
    source: `text("in"); throw 1 //# sourceURL=/src/main.ts`,
    ends: "script_error",
    texts: ["in"],
  },
  {
    does: "names another source for its stack",
    source: `eval("throw new Error('x') //# sourceURL=other.js")`,
    ends: "script_error",
  },
  { does: "has a source map", source: `text("in") //# sourceMappingURL=file:///etc/passwd`, texts: ["in"] },
  { does: "has a byte order mark", source: `\ufefftext("in")`, texts: ["in"] },
  { does: "has lone surrogates", source: `text("\ud800" === "\\ud800")`, texts: ["true"] },
  { does: "has null characters", source: `text("\0".length)`, texts: ["1"] },
  { does: "is a megabyte of one expression", source: `text([${"1,".repeat(500_000)}].length)`, texts: ["500000"] },
  {
    does: "throws a stack with places beyond all numbers",
    source: `throw { stack: "x\\n    at cell.js:" + "9".repeat(400) + ":1" }`,
    ends: "script_error",
  },
  {
    does: "declares the helpers anew",
    source: `const text = 1, exit = 2; let tools; function store() {} var load = 3; return text`,
    texts: ["1"],
  },
  {
    does: "declares its own function of the helper's name",
    source: `const put = globalThis.text; { const text = put; text("in") }`,
    texts: ["in"],
  },
];

export const wrapper: HostileTable = {
  title: "The function around the code",
  claim: "J1, J10: the function around the code cannot be left",
  cells,
};
