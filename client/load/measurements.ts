import type {
  ErrorResult,
  GatewaySecond,
  LoadResult,
  MetricResult,
  MetricSecond,
  TimelineSecond,
  Traffic,
} from "./result.ts";
import type { SamplesOfSecond } from "./samples.ts";
import { TimeHistogram } from "./time-histogram.ts";
import type { WorkerSecond } from "./worker-messages.ts";

type Histograms = Map<string, TimeHistogram>;

/** A second of which workers may still tell. */
interface OpenSecond {
  readonly histograms: Histograms;
  /** Whether a worker told of it: one that was too busy leaves seconds out. */
  isTold: boolean;
  line: TimelineSecond;
}

/** So many seconds later no worker says anything about a second any more. */
const OPEN_SECONDS = 4;

/** Puts together what the workers measured: in all, and by seconds. */
export class Measurements {
  readonly #warmUpMs: number;
  readonly #measured: Histograms = new Map();
  readonly #warmUp: Histograms = new Map();
  readonly #errors = new Map<string, ErrorResult>();
  readonly #open = new Map<number, OpenSecond>();
  readonly #timeline: TimelineSecond[] = [];
  /** Histograms to be used again: each has 95 KB. */
  readonly #spare: TimeHistogram[] = [];
  #traffic: Traffic = noTraffic;

  constructor(warmUpMs: number) {
    this.#warmUpMs = warmUpMs;
  }

  /** The second that was told of last, as it stands. */
  get latest(): TimelineSecond | undefined {
    const { line, histograms } = [...this.#open.values()].at(-1) ?? {};
    return line && histograms && { ...line, metrics: metricsOf(histograms) };
  }

  /** Errors so far. */
  get errorCount(): number {
    return this.#errors.values().reduce((sum, { count }) => sum + count, 0);
  }

  add(told: WorkerSecond): void {
    const { second, samples, strain } = told;
    recordAll(this.#measured, samples.times);
    recordAll(this.#warmUp, samples.warmUpTimes);
    for (const [what, { count, message }] of Object.entries(samples.errors)) {
      const known = this.#errors.get(what) ?? { what, count: 0, message };
      this.#errors.set(what, { ...known, count: known.count + count });
    }
    if (second < 0) return;
    const open = this.#openSecond(second);
    open.isTold = true;
    const traffic = { ...samples, calls: told.calls, notifications: told.notifications };
    this.#traffic = sum(this.#traffic, traffic);
    recordAll(open.histograms, open.line.isWarmUp ? samples.warmUpTimes : samples.times, () => this.#histogram());
    open.line = {
      ...open.line,
      ...sum(open.line, traffic),
      errors: addErrors(open.line.errors, samples),
      connected: open.line.connected + told.connected,
      running: open.line.running + told.running,
      waiting: open.line.waiting + told.waiting,
      utilization: Math.max(open.line.utilization, strain.utilization),
      maxLagMs: Math.max(open.line.maxLagMs, strain.maxLagMs),
      maxLateMs: Math.max(open.line.maxLateMs, strain.maxLateMs),
    };
    for (const old of this.#open.keys()) if (old <= second - OPEN_SECONDS) this.#close(old);
  }

  /** How the gateway was at the end of a second. */
  addGateway(second: number, gateway: GatewaySecond): void {
    const open = this.#openSecond(second);
    open.line = { ...open.line, gateway };
  }

  /** Everything. `seconds`: how long flows counted. */
  result(seconds: number): Pick<LoadResult, "metrics" | "warmUp" | "errors" | "traffic" | "timeline"> {
    for (const second of this.#open.keys()) this.#close(second);
    return {
      metrics: resultsOf(this.#measured, seconds),
      warmUp: resultsOf(this.#warmUp, this.#warmUpMs / 1_000),
      errors: [...this.#errors.values()].toSorted((a, b) => b.count - a.count),
      traffic: this.#traffic,
      timeline: this.#timeline.toSorted((a, b) => a.second - b.second),
    };
  }

  #openSecond(second: number): OpenSecond {
    const known = this.#open.get(second);
    if (known) return known;
    const isWarmUp = (second + 1) * 1_000 <= this.#warmUpMs;
    const open: OpenSecond = { isTold: false, histograms: new Map(), line: { ...emptySecond, second, isWarmUp } };
    this.#open.set(second, open);
    return open;
  }

  #close(second: number): void {
    const open = this.#open.get(second);
    if (!open) return;
    this.#open.delete(second);
    if (open.isTold) this.#timeline.push({ ...open.line, metrics: metricsOf(open.histograms) });
    for (const histogram of open.histograms.values()) {
      histogram.clear();
      this.#spare.push(histogram);
    }
  }

  #histogram(): TimeHistogram {
    return this.#spare.pop() ?? new TimeHistogram();
  }
}

const noTraffic: Traffic = { frames: 0, frameBytes: 0, calls: 0, notifications: 0 };

const emptySecond: Omit<TimelineSecond, "second" | "isWarmUp"> = {
  ...noTraffic,
  metrics: {},
  errors: {},
  connected: 0,
  running: 0,
  waiting: 0,
  utilization: 0,
  maxLagMs: 0,
  maxLateMs: 0,
};

function sum(one: Traffic, other: Traffic): Traffic {
  return {
    frames: one.frames + other.frames,
    frameBytes: one.frameBytes + other.frameBytes,
    calls: one.calls + other.calls,
    notifications: one.notifications + other.notifications,
  };
}

function addErrors(sums: TimelineSecond["errors"], { errors }: SamplesOfSecond): TimelineSecond["errors"] {
  const added: { [what: string]: number } = { ...sums };
  for (const [what, { count }] of Object.entries(errors)) added[what] = (added[what] ?? 0) + count;
  return added;
}

function recordAll(histograms: Histograms, times: SamplesOfSecond["times"], make = () => new TimeHistogram()): void {
  for (const [metric, list] of Object.entries(times)) {
    const histogram = histograms.get(metric) ?? make();
    histograms.set(metric, histogram);
    for (const ms of list) histogram.record(ms);
  }
}

function metricsOf(histograms: Histograms): { [metric: string]: MetricSecond } {
  return Object.fromEntries(
    Array.from(histograms, ([metric, histogram]) => {
      const { count, maxMs: max } = histogram;
      const [p50, p99] = [histogram.percentileMs(50), histogram.percentileMs(99)];
      return [metric, { count, p50, p99, max, histogram: histogram.encoded() }];
    }),
  );
}

function resultsOf(histograms: Histograms, seconds: number): MetricResult[] {
  const results = Array.from(histograms, ([name, histogram]): MetricResult => {
    const { count, meanMs: mean, minMs: min, maxMs: max } = histogram;
    const p = (percentile: number) => histogram.percentileMs(percentile);
    const percentiles = { p50: p(50), p75: p(75), p90: p(90), p95: p(95), p99: p(99), p999: p(99.9) };
    const perSecond = seconds > 0 ? count / seconds : 0;
    return { name, count, perSecond, mean, min, ...percentiles, max, histogram: histogram.encoded() };
  });
  const place = ({ name }: MetricResult) => (steps.includes(name) ? steps.indexOf(name) : steps.length);
  return results.toSorted((a, b) => place(a) - place(b) || a.name.localeCompare(b.name, "en"));
}

/** What every scenario may have, in this order; behind them come its own flows. */
const steps = ["execute", "service", "started", "wait", "terminate", "round_trip", "resume", "connect"];
