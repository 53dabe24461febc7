import { matchesGlob } from "node:path";

/** Whether a `.dockerignore` keeps a path out of the build: the last pattern that names it or a folder above it decides. */
export function ignoreFile(text: string): (path: string) => boolean {
  const patterns = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => ({ keeps: line.startsWith("!"), glob: line.replace(/^!/, "").replace(/\/$/, "") }));
  return (path) => {
    const parts = path.split("/");
    const candidates = parts.map((_, index) => parts.slice(0, index + 1).join("/"));
    const last = patterns.findLast(({ glob }) => candidates.some((candidate) => matchesGlob(candidate, glob)));
    return last !== undefined && !last.keeps;
  };
}
