import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { bundleDashboard } from "../../../client/bundle/dashboard.ts";

const { files, first } = await bundleDashboard();

const scripts = Array.from(files, ([name, bytes]) => ({ name, text: Buffer.from(bytes).toString() })).filter(
  ({ name }) => name.endsWith(".js"),
);

test("The dashboard's first view has at most 60 KiB gzip", () => {
  const bytes = first.map((name) => gzipSync(files.get(name)!).length).reduce((sum, size) => sum + size);
  expect(bytes).toBeLessThanOrEqual(60 * 1024);
});

test("The dashboard evaluates no text", () => {
  const evaluating = scripts.filter(({ text }) => /\beval\(|\bFunction\(/.test(text));
  expect(evaluating.map(({ name }) => name)).toEqual([]);
});

test.each([
  ["CodeMirror", "cm-content"],
  ["uPlot", "u-over"],
  ["the playground", "A session is opened by the first run"],
])("%s is loaded when it is needed", (_, sign) => {
  const having = scripts.filter(({ text }) => text.includes(sign)).map(({ name }) => name);
  expect(having).toHaveLength(1);
  expect(first).not.toContain(having[0]);
});
