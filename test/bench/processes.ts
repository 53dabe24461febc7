import { readdirSync, readFileSync } from "node:fs";

/** What a tree of processes takes. */
export interface Footprint {
  readonly processes: number;
  readonly threads: number;
  /** Resident memory; pages that processes share count in each. */
  readonly rssMiB: number;
}

/** The process and all that descend from it, by /proc: empty where there is none. */
export function processTree(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync("/proc")) {
    const parent = /^\d+$/.test(entry) ? parentOf(entry) : undefined;
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
  }
  const tree = [root];
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
}

/** Of the trees of these processes. */
export function footprint(roots: readonly number[]): Footprint {
  let [processes, threads, kilobytes] = [0, 0, 0];
  for (const pid of new Set(roots.flatMap(processTree))) {
    const status = read(`/proc/${pid}/status`);
    if (status === undefined) continue;
    processes++;
    threads += fieldOf(status, "Threads");
    kilobytes += fieldOf(status, "VmRSS");
  }
  return { processes, threads, rssMiB: kilobytes / 1024 };
}

/** SIGKILL, by id. One that is gone already is fine. */
export function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function parentOf(pid: string): number | undefined {
  // The command in parentheses may hold spaces and parentheses; the state and the parent follow the last one.
  const stat = read(`/proc/${pid}/stat`);
  const parent = stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[1];
  return parent === undefined ? undefined : Number(parent);
}

function fieldOf(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0);
}

/** Undefined for a process that has ended. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined;
  }
}
