import { readFileSync } from "node:fs";

/** Not `status`, which has it in bytes, but takes the process's memory lock. Undefined where there is no `/proc`. */
const pageBytes = (() => {
  try {
    const [, kB] = /^KernelPageSize:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/smaps", "utf8")) ?? [];
    return kB === undefined ? undefined : Number(kB) * 1024;
  } catch {
    return undefined;
  }
})();

/** Bytes of memory that a process has. Undefined where it is gone, and where there is no `/proc`. */
export function residentBytes(pid: number): number | undefined {
  if (pageBytes === undefined) return undefined;
  try {
    const [, pages] = readFileSync(`/proc/${pid}/statm`, "latin1").split(" ");
    return Number(pages) * pageBytes;
  } catch {
    return undefined;
  }
}
