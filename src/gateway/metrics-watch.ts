import type { MetricsEvent } from "../protocol/observed-events.ts";
import type { MetricsFeed } from "./metrics-feed.ts";
import type { Announce, Batch, Watch } from "./watch.ts";

/** Watches the gateway's numbers: of those that an observer has not read, the latest alone matter. */
export class MetricsWatch implements Watch {
  readonly #stop: () => void;
  #latest: MetricsEvent | undefined;

  constructor(feed: MetricsFeed, announce: Announce) {
    this.#stop = feed.follow((event) => {
      this.#latest = event;
      announce(0);
    });
  }

  readonly isOver = false;

  get hasNews(): boolean {
    return this.#latest !== undefined;
  }

  take(): Batch {
    const events = this.#latest ? [this.#latest] : [];
    this.#latest = undefined;
    return { dropped: 0, events };
  }

  stop(): void {
    this.#stop();
  }
}
