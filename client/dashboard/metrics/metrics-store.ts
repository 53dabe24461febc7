import { effect } from "@preact/signals";
import { observation } from "../link.ts";
import { MetricsHistory } from "../model/metrics-history.ts";
import { Refresh } from "../refresh.ts";

/** What the gateway measures, from when the page connected: whoever looks at the plots later sees what was before. */
class MetricsStore {
  readonly history = new MetricsHistory();
  readonly #refresh = new Refresh();

  /** Measures whenever the page is connected, whatever it shows. */
  start(): void {
    effect(() => {
      const watch = observation.value?.watchMetrics((event) => {
        if (event.type === "gap") return;
        this.history.add(event);
        this.#refresh.changed();
      });
      return () => watch?.stop();
    });
  }

  get version(): Refresh["version"] {
    return this.#refresh.version;
  }
}

export const metrics = new MetricsStore();
