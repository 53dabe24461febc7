import { readFileSync, writeFileSync } from "node:fs";

/** From -1,000, never, to 1,000, first. A gateway has 0 where nobody said otherwise. */
const OOM_SCORE = 900;

/** What a process may do no more once it has started. */
const DROPPED = ["fs.read", "fs.write", "addon"] as const;

/**
 * Gives up what a process that runs cells has no use for; it is the last step of its start. Where there is no `/proc`,
 * only the permissions go. Node before 26.3 cannot give them up: there, reading and the loading of addons stay allowed.
 */
export function confine(): void {
  // When memory runs out the kernel is to take a process that is replaced at once, not the gateway. Only raising needs
  // no privilege, and a container may have raised it further.
  write("/proc/self/oom_score_adj", (present) => (Number(present) < OOM_SCORE ? `${OOM_SCORE}` : undefined));
  // A core dump would put the memory of all cells on the disk; this leaves the registers in it.
  write("/proc/self/coredump_filter", () => "0");
  // Absent without `--permission`.
  const permission = process.permission as NodeJS.ProcessPermission | undefined;
  for (const scope of DROPPED) permission?.drop?.(scope);
}

function write(path: string, next: (present: string) => string | undefined): void {
  try {
    const text = next(readFileSync(path, "utf8"));
    if (text !== undefined) writeFileSync(path, text);
  } catch {
    // There is no such file, or a sandbox around this one keeps it from being written.
  }
}
