import type { ExecutorProcess } from "./process.ts";
import { residentBytes } from "./resident-memory.ts";

/** The worst growth that was measured, of `Intl` objects, is 1.5 GB/s: 400 MB between two looks. */
const LOOK_MS = 250;

/** A process has to have too much at so many looks in a row, 5 s: a cell may have a string of 500 MB for a moment. */
const FAT_LOOKS = 20;

/** What a live cell accounts for: its isolate takes 1.3 MiB before it has done anything, and 5.4 once it made garbage. */
const CELL_BYTES = 6 * 1024 * 1024;

/** When a process is to end. */
export interface WatchdogLimits {
  /** Cells that a process serves before it is replaced. */
  readonly cellsPerExecutor: number;
  /** Memory beyond what its cells explain, past which, for 5 s, it is replaced. */
  readonly recycleRssBytes: number;
  /** Memory past which it is killed. */
  readonly executorRssBytes: number;
}

/** What a {@link Watchdog} looks at. */
export interface WatchdogOptions {
  readonly limits: WatchdogLimits;
  /** The processes that are not ending yet. */
  processes(): Iterable<ExecutorProcess>;
  /** It has served for long enough. Said again at each look. */
  worn(process: ExecutorProcess): void;
  /** All processes have been looked at. */
  looked(): void;
}

/**
 * Watches processes from outside, for one that is in trouble cannot be trusted to notice: it kills those that take too
 * much memory or are deaf, and says which ones are worn. A burst of many cells leaves the allocator with holes, and who
 * knows what a cell leaves behind; both go with the process only. But its successor is slower for its first ten thousand
 * cells, until its own code is compiled, so that the number of cells is for what memory does not show.
 */
export class Watchdog {
  readonly #options: WatchdogOptions;
  readonly #timer: NodeJS.Timeout;
  /** At how many of the last looks in a row each had more memory than its cells explain. */
  readonly #fatLooks = new WeakMap<ExecutorProcess, number>();

  constructor(options: WatchdogOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#look(), LOOK_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    for (const process of this.#options.processes()) this.#lookAt(process);
    this.#options.looked();
  }

  #lookAt(process: ExecutorProcess): void {
    const { cellsPerExecutor, recycleRssBytes, executorRssBytes } = this.#options.limits;
    const rssBytes = (process.pid && residentBytes(process.pid)) || 0;
    if (rssBytes > executorRssBytes) {
      return process.kill(
        "rss",
        `it had ${rssBytes} bytes of memory, more than ${executorRssBytes} (executorRssBytes)`,
      );
    }
    process.checkPulse();
    const isFat = rssBytes - process.load * CELL_BYTES > recycleRssBytes;
    const fatLooks = isFat ? (this.#fatLooks.get(process) ?? 0) + 1 : 0;
    this.#fatLooks.set(process, fatLooks);
    if (fatLooks >= FAT_LOOKS || process.served >= cellsPerExecutor) this.#options.worn(process);
  }
}
