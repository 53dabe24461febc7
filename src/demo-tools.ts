import { glob, readFile } from "node:fs/promises";
import type { Tools } from "../client/index.ts";

/** The folder with `src/` in it; two folders up in the build, and one in the sources. */
const root = new URL(import.meta.url.endsWith(".ts") ? "../" : "../../", import.meta.url);

/** Tools of the demonstration's agents, on cellgate's own files. */
export const fileTools: Tools = {
  list_files: {
    description: "Lists files by a glob pattern: { pattern } -> string[]",
    inputSchema: { type: "object", properties: { pattern: { type: "string" } }, required: ["pattern"] },
    run: async ({ pattern }: { pattern: string }) => (await Array.fromAsync(glob(pattern, { cwd: root }))).toSorted(),
  },
  read_file: {
    description: "Reads a text file: { path } -> string",
    inputSchema: { type: "object", properties: { path: { type: "string" } }, required: ["path"] },
    run: ({ path }: { path: string }) => readFile(new URL(path, root), "utf8"),
  },
  search_text: {
    description: "Finds the lines of a file that contain a text: { path, text } -> { line, text }[]",
    inputSchema: {
      type: "object",
      properties: { path: { type: "string" }, text: { type: "string" } },
      required: ["path", "text"],
    },
    run: async ({ path, text }: { path: string; text: string }) => {
      const lines = (await readFile(new URL(path, root), "utf8")).split("\n");
      return lines
        .map((line, index) => ({ line: index + 1, text: line.trim() }))
        .filter((hit) => hit.text.includes(text));
    },
  },
};
