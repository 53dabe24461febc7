import { readdirSync, readFileSync } from "node:fs";

/** What a process has used, by /proc. */
export interface ProcessUsage {
  /** Seconds of CPU time since its start. */
  readonly cpuSeconds: number;
  readonly rssBytes: number;
}

/** Of Linux on all that Node runs on: clock ticks a second, and bytes a page. */
const TICKS = 100;
const PAGE = 4_096;

/** Undefined where the process is gone, or the system has no /proc. */
export function usageOf(pid: number): ProcessUsage | undefined {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The command in parentheses may hold spaces and parentheses; the third field follows the last one.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [userTicks, systemTicks, pages] = [fields[11], fields[12], fields[21]].map(Number);
  return { cpuSeconds: ((userTicks ?? 0) + (systemTicks ?? 0)) / TICKS, rssBytes: (pages ?? 0) * PAGE };
}

/** Processes that this one started. */
export function childrenOf(pid: number): number[] {
  let tasks: string[];
  try {
    tasks = readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
  const lists = tasks.map((task) => read(`/proc/${pid}/task/${task}/children`) ?? "");
  return lists.flatMap((list) => list.split(" ").filter(Boolean).map(Number));
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined;
  }
}
