import { monitorEventLoopDelay, performance } from "node:perf_hooks";

const resolutionMs = 10;
const momentMs = 300;

/** How busy the event loop of this thread is. */
export class StrainMeter {
  readonly #delay = monitorEventLoopDelay({ resolution: resolutionMs });
  #last = performance.eventLoopUtilization();

  constructor() {
    this.#delay.enable();
  }

  /** Since this was last asked. The utilization of a moment says nothing, and is given as 0. */
  take(): { readonly utilization: number; readonly maxLagMs: number } {
    const now = performance.eventLoopUtilization();
    const since = performance.eventLoopUtilization(now, this.#last);
    const utilization = since.active + since.idle < momentMs ? 0 : since.utilization;
    this.#last = now;
    // The monitor counts the time between two of its timers, which is their resolution where nothing is late.
    const maxLagMs = Math.max(0, this.#delay.max / 1e6 - resolutionMs);
    this.#delay.reset();
    return { utilization, maxLagMs };
  }
}
