import { closeSync, readdirSync, readFileSync } from "node:fs";

/** The first that is not given on purpose: three standard streams and the socket to the gateway come before it. */
const FIRST = 4;
/** Of `open`, on Linux. */
const O_CLOEXEC = 0o2000000;

/**
 * Closes what the gateway's own parent left open and this process has nothing to do with. Node marks all that it opens
 * to be closed in children, but of what it inherits only the descriptors up to 16. Where there is no `/proc`, it does
 * nothing.
 */
export function closeInheritedDescriptors(): void {
  for (const name of list()) {
    const descriptor = Number(name);
    if (descriptor >= FIRST && isInherited(descriptor)) closeSync(descriptor);
  }
}

function list(): string[] {
  try {
    return readdirSync("/proc/self/fdinfo");
  } catch {
    return [];
  }
}

/** What came through `exec` has no mark to be closed by it. */
function isInherited(descriptor: number): boolean {
  try {
    const [, flags] = /^flags:\s+([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, "utf8")) ?? [];
    return flags !== undefined && (Number.parseInt(flags, 8) & O_CLOEXEC) === 0;
  } catch {
    // It was the one that read the list.
    return false;
  }
}
