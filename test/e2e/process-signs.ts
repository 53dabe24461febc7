/** Whether a process exists. One that was killed is gone only when its parent knows. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
