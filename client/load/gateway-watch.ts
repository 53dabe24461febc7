import { childrenOf, type ProcessUsage, usageOf } from "./process-usage.ts";
import type { GatewaySecond } from "./result.ts";

/** Which gateway is watched. */
export interface GatewayWatchOptions {
  /** Where turns connect; the metrics are beside it. */
  readonly address: string;
  readonly token: string;
  /** Its process. Absent: it was not spawned, and its metrics are all that is seen of it. */
  readonly pid?: number | undefined;
}

/** A gateway that is busy answers late, and the next second asks again. */
const patienceMs = 900;

/** Looks at how a gateway is, from outside: at `/metrics`, and at its processes where these are known. */
export class GatewayWatch {
  readonly #metricsUrl: string;
  readonly #token: string;
  readonly #pid: number | undefined;
  #before: { readonly at: number; readonly cpu: number; readonly executorCpu: number | undefined } | undefined;
  /** Why the metrics cannot be had, if they cannot. */
  problem: string | undefined;

  constructor({ address, token, pid }: GatewayWatchOptions) {
    const url = new URL(address);
    url.protocol = url.protocol === "wss:" ? "https:" : "http:";
    url.pathname = url.pathname.replace(/\/v1\/turn$/, "") + "/metrics";
    this.#metricsUrl = url.href;
    this.#token = token;
    this.#pid = pid;
  }

  /** How it is now. Never rejects. */
  async look(): Promise<GatewaySecond> {
    const usage = this.#usage();
    const text = await this.#metrics();
    if (text === undefined) return usage;
    const number = (name: string) => numberOf(text, name);
    const lag = number('event_loop_lag_seconds{quantile="0.99"}');
    const cpuSeconds = number("cpu_seconds_total");
    return {
      rssBytes: number("resident_memory_bytes"),
      executorRssBytes: sumOf(text, "executor_memory_bytes"),
      loopLagP99Ms: lag === undefined ? undefined : lag * 1_000,
      connections: number("connections"),
      sessions: number("sessions"),
      cellsLive: number("cells_live"),
      cellsQueued: number("cells_queued"),
      ...(this.#pid === undefined && cpuSeconds !== undefined ? this.#cpu(cpuSeconds) : usage),
    };
  }

  async #metrics(): Promise<string | undefined> {
    try {
      const response = await fetch(this.#metricsUrl, {
        headers: { authorization: `Bearer ${this.#token}` },
        signal: AbortSignal.timeout(patienceMs),
      });
      const text = await response.text();
      if (response.ok) return text;
      this.problem ??= `${this.#metricsUrl} answered ${response.status}: ${text.trim()}`;
    } catch (error) {
      // One that is only late this time is no problem.
      if ((error as Error).name !== "TimeoutError") this.problem ??= `${this.#metricsUrl}: ${(error as Error).message}`;
    }
    return undefined;
  }

  /** By its processes. */
  #usage(): GatewaySecond {
    if (this.#pid === undefined) return {};
    const own = usageOf(this.#pid);
    if (!own) return {};
    const executors = childrenOf(this.#pid)
      .map(usageOf)
      .filter((usage) => usage !== undefined);
    const sum = (of: (usage: ProcessUsage) => number) => executors.reduce((total, usage) => total + of(usage), 0);
    const cpu = this.#cpu(
      own.cpuSeconds,
      sum(({ cpuSeconds }) => cpuSeconds),
    );
    return { rssBytes: own.rssBytes, executorRssBytes: sum(({ rssBytes }) => rssBytes), ...cpu };
  }

  /** Cores' worth of CPU time since the last time; of executors where their time is known. */
  #cpu(cpu: number, executorCpu?: number): Pick<GatewaySecond, "cpu" | "executorCpu"> {
    const at = performance.now() / 1_000;
    const before = this.#before;
    this.#before = { at, cpu, executorCpu };
    if (!before) return {};
    const rate = (now: number | undefined, then: number | undefined) =>
      now === undefined || then === undefined ? undefined : Math.max(0, now - then) / (at - before.at);
    // An executor that was replaced takes its time with it.
    return { cpu: rate(cpu, before.cpu), executorCpu: rate(executorCpu, before.executorCpu) };
  }
}

/** The value of a series by its name, and its labels if it has any. */
function numberOf(text: string, name: string): number | undefined {
  const start = text.indexOf(`\ncellgate_${name} `);
  if (start < 0) return undefined;
  return Number.parseFloat(text.slice(start + `\ncellgate_${name} `.length));
}

/** The sum of all series of a name. */
function sumOf(text: string, name: string): number {
  const series = text.matchAll(new RegExp(`^cellgate_${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm"));
  return series.reduce((sum, [, value]) => sum + Number(value), 0);
}
