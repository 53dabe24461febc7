/** It passes for so long at most: what neither stops nor uses the CPU is lost all the same. */
const LONGEST_MS = 2_000;

/**
 * For a watch on code that should stop: says each time it is asked whether this process had so little of the CPU since
 * the last time that the code may not have had its turn. Code that does not stop takes whatever there is to be had.
 * `cpuMs` tells the CPU time of this process, all threads together.
 */
export function starvation(cpuMs: () => number = readCpuMs): () => boolean {
  const since = performance.now();
  let askedAt = since;
  let had = cpuMs();
  return () => {
    const now = performance.now();
    const hadMs = cpuMs() - had;
    const isStarved = hadMs < (now - askedAt) / 2 && now - since < LONGEST_MS;
    askedAt = now;
    had += hadMs;
    return isStarved;
  };
}

/** CPU time of this process in milliseconds, all threads together. */
export function readCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
