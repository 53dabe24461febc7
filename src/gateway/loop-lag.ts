import { monitorEventLoopDelay } from "node:perf_hooks";

/** How often the loop is looked at: what a timer of this time takes longer is lag. */
const RESOLUTION_MS = 20;

/** How late the event loop gets to what is due. */
export class LoopLag {
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  constructor() {
    this.#histogram.enable();
  }

  /** Seconds, at the median, for one in a hundred and at most, since it was last asked. */
  take(): { readonly median: number; readonly p99: number; readonly max: number } {
    const seconds = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1e3);
    const { max } = this.#histogram;
    const taken = {
      median: seconds(this.#histogram.percentile(50)),
      p99: seconds(this.#histogram.percentile(99)),
      max: seconds(max),
    };
    this.#histogram.reset();
    return taken;
  }

  /** Looks no longer. */
  stop(): void {
    this.#histogram.disable();
  }
}
