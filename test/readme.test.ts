import { execFile } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { optionTable } from "../src/option-table.ts";

const root = new URL("../", import.meta.url);
const readme = await readFile(new URL("README.md", root), "utf8");

/** The cells of the README's table rows whose first cell is a flag. */
const optionRows = readme
  .split("\n")
  .filter((line) => line.startsWith("| `--"))
  .map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

test("The README's option table is that of the code", () => {
  const expected = optionTable.map(({ flag, variable, default: value, unit, meaning }) => {
    return [`\`--${flag}\``, `\`${variable}\``, value, unit, meaning];
  });
  expect(optionRows).toEqual(expected);
});

test("Every npm command of the README exists", async () => {
  const { scripts } = JSON.parse(await readFile(new URL("package.json", root), "utf8")) as { scripts: object };
  const named = Array.from(readme.matchAll(/npm run ([\w:]+)/g), ([, script]) => script);
  expect(named.length).toBeGreaterThan(5);
  for (const script of [...named, "start", "test"]) expect(scripts).toHaveProperty([script ?? ""]);
});

test("The README's agent prints what its comment says", async () => {
  const [, code = ""] = /```js\n([\s\S]*?)```/.exec(readme) ?? [];
  const [, promised = ""] = /console\.log\(.*\); \/\/ (.*)/.exec(code) ?? [];
  const file = new URL(`.readme-agent-${process.pid}.ts`, root);
  const runnable = code.replace('"cellgate"', '"./src/index.ts"').replace('"cellgate/client"', '"./client/index.ts"');
  await writeFile(file, runnable);
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [file.pathname]);
    expect(stdout.trim()).toBe(promised);
  } finally {
    await rm(file);
  }
});

test("Every file that the README links to exists", async () => {
  const links = Array.from(readme.matchAll(/\]\(([^):]+)\)/g), ([, link = ""]) => link);
  expect(links.length).toBeGreaterThan(2);
  await Promise.all(links.map((link) => readFile(new URL(link, root))));
});
