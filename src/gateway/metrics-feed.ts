import type { MetricsEvent } from "../protocol/observed-events.ts";
import type { CancelTimer, Clock } from "../session/clock.ts";
import { LoopLag } from "./loop-lag.ts";
import type { Metrics } from "./metrics.ts";

const PACE_MS = 1_000;

/** Reads the metrics once a second, as long as somebody follows. */
export class MetricsFeed {
  readonly #metrics: Pick<Metrics, "numbers">;
  readonly #clock: Clock;
  readonly #report: (error: unknown) => void;
  readonly #followers = new Set<(event: MetricsEvent) => void>();
  #lag: LoopLag | undefined;
  #cancelTimer: CancelTimer | undefined;

  /** `report` hears what should never happen. */
  constructor(metrics: Pick<Metrics, "numbers">, clock: Clock, report: (error: unknown) => void) {
    this.#metrics = metrics;
    this.#clock = clock;
    this.#report = report;
  }

  /** Tells `follower` the numbers, the first soon, until the function is called that this returns. */
  follow(follower: (event: MetricsEvent) => void): () => void {
    this.#followers.add(follower);
    // One of its own: that of `/metrics` tells of the time since it was last asked.
    this.#lag ??= new LoopLag();
    this.#arm(0);
    return () => {
      this.#followers.delete(follower);
      if (this.#followers.size > 0) return;
      this.#cancelTimer?.();
      this.#lag?.stop();
      this.#lag = undefined;
    };
  }

  #arm(delayMs: number): void {
    this.#cancelTimer?.();
    this.#cancelTimer = this.#clock.after(delayMs, () => {
      this.#arm(PACE_MS);
      this.#tell().catch(this.#report);
    });
  }

  async #tell(): Promise<void> {
    const numbers = await this.#metrics.numbers();
    const lag = this.#lag?.take();
    if (!lag) return;
    const { median, p99, max } = lag;
    const loopLagMs = { median: median * 1_000, p99: p99 * 1_000, max: max * 1_000 };
    const event: MetricsEvent = { type: "metrics", atMs: this.#clock.unixMs(), ...numbers, loopLagMs };
    for (const follower of this.#followers) follower(event);
  }
}
