import { arch, availableParallelism, cpus, platform, release, totalmem } from "node:os";
import type { MachineSummary } from "./result.ts";

/** Milliseconds of all cores since the start of the machine. */
interface CoreTimes {
  readonly busy: number;
  readonly all: number;
}

/** Where a load is run from, and how busy its cores are between `begin` and `end`. */
export class Machine {
  #from: CoreTimes = coreTimes();
  #to: CoreTimes = this.#from;

  /** What follows counts. */
  begin(): void {
    this.#from = coreTimes();
  }

  /** What follows does not count any more. */
  end(): void {
    this.#to = coreTimes();
  }

  summary(): MachineSummary {
    const [from, to] = [this.#from, this.#to];
    return {
      cores: availableParallelism(),
      cpu: cpus()[0]?.model ?? "unknown",
      node: process.version,
      platform: `${platform()} ${release()} ${arch()}`,
      memoryMiB: Math.round(totalmem() / 2 ** 20),
      busy: (to.busy - from.busy) / Math.max(1, to.all - from.all),
    };
  }
}

function coreTimes(): CoreTimes {
  let [busy, all] = [0, 0];
  for (const { times } of cpus()) {
    const sum = times.user + times.nice + times.sys + times.irq;
    busy += sum;
    all += sum + times.idle;
  }
  return { busy, all };
}
