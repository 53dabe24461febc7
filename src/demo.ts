import { glob, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { connect, type Outcome, type Tools } from "../client/index.ts";
import { startGateway } from "./index.ts";

/** `npm run demo`: an agent's turn on this repository's own files, with a gateway started for it. */

const root = fileURLToPath(new URL("..", import.meta.url));

const tools: Tools = {
  list_files: {
    description: "Lists files by a glob pattern: { pattern } -> string[]",
    run: async ({ pattern }: { pattern: string }) => (await Array.fromAsync(glob(pattern, { cwd: root }))).toSorted(),
  },
  read_file: {
    description: "Reads a text file: { path } -> string",
    run: ({ path }: { path: string }) => readFile(new URL(path, `file://${root}`), "utf8"),
  },
  search_text: {
    description: "Finds the lines of a file that contain a text: { path, text } -> { line, text }[]",
    run: async ({ path, text }: { path: string; text: string }) => {
      const lines = (await readFile(new URL(path, `file://${root}`), "utf8")).split("\n");
      return lines
        .map((line, index) => ({ line: index + 1, text: line.trim() }))
        .filter((hit) => hit.text.includes(text));
    },
  },
};

/** Reads many files in parallel and stores what it counted for later cells. */
const countLines = `
const paths = (await Promise.all(["src/**/*.ts", "client/**/*.ts", "test/**/*.ts"].map(
  (pattern) => tools.list_files({ pattern }),
))).flat();
const files = await Promise.all(paths.map(async (path) => ({ path, lines: (await tools.read_file({ path })).split("\\n").length })));

const folders = {};
for (const { path, lines } of files) {
  const folder = path.split("/").slice(0, -1).join("/");
  folders[folder] ??= { files: 0, lines: 0 };
  folders[folder].files += 1;
  folders[folder].lines += lines;
}
store("files", files);

text("folder".padEnd(28) + "files".padStart(6) + "lines".padStart(8));
for (const [folder, { files, lines }] of Object.entries(folders).sort()) {
  text(folder.padEnd(28) + String(files).padStart(6) + String(lines).padStart(8));
}`;

/** Loads what the first cell stored. */
const largest = `
const files = load("files");
const top = files.sort((a, b) => b.lines - a.lines).slice(0, 3);
text("The largest of " + files.length + " files:");
for (const { path, lines } of top) text("  " + path + ", " + lines + " lines");
return files.reduce((sum, file) => sum + file.lines, 0) + " lines in all";`;

/** Works in steps: it says how far it is, yields once, and goes on while the agent does something else. */
const search = `
const paths = await tools.list_files({ pattern: "src/session/*.ts" });
let hits = 0;
for (const [index, path] of paths.entries()) {
  hits += (await tools.search_text({ path, text: "rule C" })).length;
  if (index % 4 === 3) notify("searched " + (index + 1) + " of " + paths.length + " files");
  if (index === 3) { text("Found " + hits + " mentions so far."); yield_control(); }
}
text("The sessions' sources cite the cell rules " + hits + " times.");`;

const print = (title: string, outcome: Outcome) => {
  console.log(`\n── ${title}: ${outcome.type}`);
  console.log(outcome.text);
  if (outcome.error) throw new Error(`the cell failed: ${outcome.error.message}`);
};

const gateway = await startGateway();
console.log(`gateway at ${gateway.url}`);
try {
  await using turn = await connect(gateway.url, {
    token: gateway.token,
    tools,
    onNotify: ({ text }) => console.log(`   notify: ${text}`),
  });
  print("many files in parallel", await turn.run(countLines));
  print("a later cell loads what was stored", await turn.run(largest));
  const yielded = await turn.execute(search);
  print("a cell that yields", yielded);
  print("and is waited for", await turn.wait(yielded.cellId));
  await turn.endSession();
} finally {
  await gateway.close();
}
