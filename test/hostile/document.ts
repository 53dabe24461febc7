import { writeFileSync } from "node:fs";
import { endsOf, type HostileCell, type HostileTable } from "./hostile-cell.ts";
import { tables } from "./tables.ts";

const head = (cells: number): string => `# Hostile cells

What the tests run against executors, and what must become of it: ${cells} cells, written by \`npm run hostile\` from the
definitions in \`test/hostile/tables\`, which a test compares with this page. A cell ends as its row says: \`finished\`,
\`terminated\` (it was told to stop), or with the code of its error.

While each of them runs, a cell of another session is asked every 10 ms in the same process, and one in another process.
Both must answer before, all the while and after. Where the process is the price of stopping the cell, the cell beside it
ends with \`executor_lost\`, and a new process takes the place; the one in the other process answers all the same.
`;

/** The page: one table for each class of cells. */
export function hostileDocument(): string {
  const count = tables.reduce((sum, { cells }) => sum + cells.length, 0);
  return [head(count), ...tables.map(section)].join("\n");
}

function section({ title, claim, cells }: HostileTable): string {
  const rows = cells.map((cell) => `| ${[cellText(cell), endsText(cell), cell.costsProcess ?? "no"].join(" | ")} |`);
  return `## ${title}

${claim.replace(/^(.*?): ./, (all) => all.toUpperCase())} (${cells.length} cells).

| what it does or uses | outcome | costs the process |
| --- | --- | --- |
${rows.join("\n")}
`;
}

function cellText({ does }: HostileCell): string {
  return does.replaceAll("|", "\\|");
}

function endsText(cell: HostileCell): string {
  return endsOf(cell)
    .map((end) => `\`${end}\``)
    .join(" or ");
}

if (import.meta.main) writeFileSync(new URL("../../docs/hostile.md", import.meta.url), hostileDocument());
