import { readFileSync } from "node:fs";
import { availableParallelism, cpus, freemem, loadavg, release, totalmem } from "node:os";

/** Where and under what circumstances the samples were taken. */
export interface MachineState {
  readonly time: string;
  readonly cores: number;
  readonly cpu: string;
  readonly kernel: string;
  readonly node: string;
  readonly memoryMiB: number;
  readonly freeMemoryMiB: number;
  /** Of the last minute. */
  readonly load: number;
  /** Ticks since boot by what the cores did. */
  readonly ticks: Ticks;
}

interface Ticks {
  readonly total: number;
  readonly idle: number;
  /** Taken by the host that this machine is a guest of. */
  readonly steal: number;
}

export function machineState(): MachineState {
  return {
    time: new Date().toISOString(),
    cores: availableParallelism(),
    cpu: cpus()[0]?.model ?? "unknown",
    kernel: release(),
    node: process.version,
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    freeMemoryMiB: Math.round(freemem() / 2 ** 20),
    load: loadavg()[0] ?? 0,
    ticks: ticks(),
  };
}

/** Percent of the time of all cores between two states. */
export function between(before: MachineState, after: MachineState): { busy: number; steal: number } {
  const total = Math.max(1, after.ticks.total - before.ticks.total);
  const idle = after.ticks.idle - before.ticks.idle;
  return {
    busy: (100 * (total - idle)) / total,
    steal: (100 * (after.ticks.steal - before.ticks.steal)) / total,
  };
}

/** The first line: user, nice, system, idle, iowait, irq, softirq, steal; what follows is in the first two. */
function ticks(): Ticks {
  const [line = ""] = readFileSync("/proc/stat", "latin1").split("\n");
  const numbers = line.split(/\s+/).slice(1, 9).map(Number);
  const total = numbers.reduce((sum, value) => sum + value, 0);
  return { total, idle: (numbers[3] ?? 0) + (numbers[4] ?? 0), steal: numbers[7] ?? 0 };
}
