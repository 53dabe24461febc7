import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Whether a process runs; one that is dead and not yet collected does not. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** Waits until a process, of whomever it is the child, is gone. Returns how many milliseconds that took. */
export async function untilGone(pid: number, withinMs: number): Promise<number> {
  const at = performance.now();
  while (isAlive(pid)) {
    if (performance.now() - at > withinMs) throw new Error(`process ${pid} still runs after ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return performance.now() - at;
}

/** Resident memory in megabytes. */
export function rssOf(pid: number): number {
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(match?.[1]) / 1024;
}

export function environmentOf(pid: number): string {
  return readFileSync(`/proc/${pid}/environ`, "utf8");
}

/** What each open descriptor of a process leads to. */
export function descriptorsOf(pid: number): Map<number, string> {
  const folder = `/proc/${pid}/fd`;
  const descriptors = new Map<number, string>();
  for (const name of readdirSync(folder)) descriptors.set(Number(name), readlinkSync(`${folder}/${name}`));
  return descriptors;
}

/** What a process has had of the CPU, in milliseconds. */
export function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // After the name, which may have spaces: `utime` and `stime` are the 14th and 15th field, in hundredths of a second.
  const [user, system] = stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .slice(11, 13);
  return (Number(user) + Number(system)) * 10;
}
