import { readFileSync } from "node:fs";

/** A file of the repository. */
export const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");

export const protocol = read("protocol.md");

/** What stands under a heading, up to the next of its level or above. */
export function section(document: string, heading: string): string {
  const lines = document.split("\n");
  const start = lines.indexOf(heading);
  if (start === -1) throw new Error(`expected a heading ${heading}`);
  const level = heading.indexOf(" ");
  let fenced = false;
  const length = lines.slice(start + 1).findIndex((line) => {
    if (line.startsWith("```")) fenced = !fenced;
    return !fenced && /^#+ /.test(line) && line.indexOf(" ") <= level;
  });
  return lines.slice(start + 1, length === -1 ? undefined : start + 1 + length).join("\n");
}

/** The blocks of one language in a text, without their fences. */
export const blocks = (text: string, language: string): string[] =>
  Array.from(text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "gms")), ([, block]) => block!);

/** The rows of the first table under a heading, without its head. */
export function rows(document: string, heading: string): string[][] {
  const [, table] = /^((?:\|[^\n]*\n?)+)/m.exec(section(document, heading)) ?? [];
  const lines = (table ?? "").trim().split("\n").slice(2);
  return lines.map((line) => {
    const cells = line.split("|").slice(1, -1);
    return cells.map((cell) => cell.trim().replaceAll("`", ""));
  });
}
