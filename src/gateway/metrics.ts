import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { ExecutorRole, ExecutorsStatus, ExecutorStatus } from "../executor/executor-status.ts";
import { isCloseCode } from "../protocol/close-codes.ts";
import type { MetricsEvent } from "../protocol/observed-events.ts";
import type { GatewayEvent, GatewayObserver } from "./gateway-event.ts";
import { LoopLag } from "./loop-lag.ts";
import { histogramOf, valueOf, valuesBy } from "./metric-values.ts";
import { Traffic } from "./traffic.ts";

/** Upper bounds of the times of cells and calls, in seconds: from the fastest cell to the longest. */
const LIFE = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 3_600];
const QUEUE = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30];

/** What is asked of the executors whenever the numbers are. */
interface Executors {
  /** How many are up for the next session. */
  readonly ready: number;
  readonly status: ExecutorsStatus;
}

const roles: readonly ExecutorRole[] = ["shared", "own", "spare", "draining"];

/**
 * The gateway's numbers in the form of Prometheus, in a registry of its own. No label has a value that clients choose, so
 * the number of series is bounded.
 */
export class Metrics implements GatewayObserver {
  /** Tell it of each TCP connection. */
  readonly traffic = new Traffic();
  readonly #registry = new Registry();
  readonly #lag = new LoopLag();
  readonly #connections = this.#gauge("connections", "sockets that were let in and are open");
  readonly #closes = this.#counter("closes_total", "sockets that are gone, by close code", "code");
  readonly #refused = this.#counter("refused_total", "sockets that were not let in, by HTTP status", "status");
  readonly #resumes = this.#counter(
    "resumes_total",
    "turns that went on over another socket, by whether with a gap",
    "gap",
  );
  readonly #sessions = this.#gauge("sessions", "sessions that live");
  readonly #live = this.#gauge("cells_live", "cells that were accepted and have not ended");
  readonly #queued = this.#gauge("cells_queued", "cells that were accepted and do not run yet");
  readonly #ended = this.#counter("cells_total", "cells that ended, by how", "ending");
  readonly #execute = this.#histogram("execute_seconds", "time of a cell, from its acceptance to its end", LIFE);
  readonly #queue = this.#histogram("queue_seconds", "time of a cell, from its acceptance until it runs", QUEUE);
  readonly #calls = this.#histogram("tool_call_seconds", "time of a tool call, by how it ended", LIFE, "ending");
  readonly #dropped = this.#counter("outcomes_dropped_total", "outcomes that were dropped unread");
  readonly #limits = this.#counter("limit_hits_total", "what was refused for a limit, by its name", "limit");
  readonly #observers = this.#gauge("observers", "sockets of observers that are open");
  readonly #lost = this.#counter("observed_events_dropped_total", "events that observers lost, for want of room");
  readonly #errors = this.#counter("internal_errors_total", "errors that should never happen");

  readonly #executors: Executors;

  constructor(executors: Executors) {
    this.#executors = executors;
    this.#gauge("executors_ready", "executors that take cells of any session", (gauge) => gauge.set(executors.ready));
    this.#describeExecutors(executors);
    this.#total("received_bytes_total", "bytes that came in, of all connections", (total) => {
      total.inc(this.traffic.received);
    });
    this.#total("sent_bytes_total", "bytes that went out, of all connections", (total) => {
      total.inc(this.traffic.sent);
    });
    this.#total("cpu_seconds_total", "CPU time of the gateway's own process", (total) => {
      const { user, system } = process.cpuUsage();
      total.inc((user + system) / 1e6);
    });
    this.#gauge("resident_memory_bytes", "memory of the gateway's own process", (gauge) => {
      gauge.set(process.memoryUsage.rss());
    });
    this.#gauge(
      "event_loop_lag_seconds",
      "how late the event loop is, since this was last asked",
      (gauge) => {
        const { median, p99, max } = this.#lag.take();
        gauge.set({ quantile: "0.5" }, median);
        gauge.set({ quantile: "0.99" }, p99);
        gauge.set({ quantile: "1" }, max);
      },
      "quantile",
    );
  }

  hear(event: GatewayEvent): void {
    switch (event.type) {
      case "connected":
        return this.#connections.inc();
      case "closed":
        this.#connections.dec();
        return this.#closes.inc({ code: isCloseCode(event.code) ? event.code : "other" });
      case "refused":
        return this.#refused.inc({ status: event.status });
      case "turn_resumed":
        return this.#resumes.inc({ gap: event.gap ? "yes" : "no" });
      case "session_opened":
        return this.#sessions.inc();
      case "session_ended":
        return this.#sessions.dec();
      case "cell_accepted":
        this.#queued.inc();
        return this.#live.inc();
      case "cell_started":
        this.#queued.dec();
        return this.#queue.observe(event.queuedMs / 1_000);
      case "cell_ended":
        this.#live.dec();
        if (!event.usage) this.#queued.dec();
        this.#execute.observe(event.ageMs / 1_000);
        return this.#ended.inc({ ending: event.ending });
      case "call_ended":
        return this.#calls.observe({ ending: event.ending }, event.ageMs / 1_000);
      case "outcome_dropped":
        return this.#dropped.inc();
      case "limit_hit":
        return this.#limits.inc({ limit: event.limit });
      case "internal_error":
        return this.#errors.inc();
      case "observer_opened":
        return this.#observers.inc();
      case "observer_closed":
        return this.#observers.dec();
      case "events_dropped":
        return this.#lost.inc(event.count);
      case "session_gone":
      case "values_changed":
      case "observer_acted":
      case "turn_opened":
      case "turn_ended":
      case "call_made":
      case "draining":
      case "executor_lost": // the executors count it themselves
      case "file_read":
        return;
      default:
        event satisfies never;
    }
  }

  /** The numbers that observers see. */
  async numbers(): Promise<Omit<MetricsEvent, "type" | "atMs" | "loopLagMs">> {
    const { ready, status } = this.#executors;
    const executors = status.processes.map(({ pid, role, cells, rssBytes }) => ({ pid, role, cells, rssBytes }));
    return {
      connections: await valueOf(this.#connections),
      observers: await valueOf(this.#observers),
      sessions: await valueOf(this.#sessions),
      cellsLive: await valueOf(this.#live),
      cellsQueued: await valueOf(this.#queued),
      endings: await valuesBy(this.#ended, "ending"),
      execute: await histogramOf(this.#execute),
      queue: await histogramOf(this.#queue),
      toolCall: await histogramOf(this.#calls),
      executors,
      executorsReady: ready,
      restarts: { ...status.ended },
      rssBytes: process.memoryUsage.rss(),
      receivedBytes: this.traffic.received,
      sentBytes: this.traffic.sent,
      closes: await valuesBy(this.#closes, "code"),
      limitHits: await valuesBy(this.#limits, "limit"),
      droppedEvents: await valueOf(this.#lost),
    };
  }

  /** The media type of {@link text}. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All numbers as they are now. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** Measures no longer. */
  stop(): void {
    this.#lag.stop();
  }

  #describeExecutors(executors: Executors): void {
    const sums = (gauge: Gauge, of: (executor: ExecutorStatus) => number) => {
      for (const role of roles) gauge.set({ role }, 0);
      for (const executor of executors.status.processes) gauge.inc({ role: executor.role }, of(executor));
    };
    this.#gauge("executors", "executor processes, by what they are there for", (gauge) => sums(gauge, () => 1), "role");
    this.#gauge(
      "executor_memory_bytes",
      "resident memory of the executor processes, by what they are there for",
      (gauge) => sums(gauge, ({ rssBytes }) => rssBytes),
      "role",
    );
    this.#total(
      "executor_restarts_total",
      "executor processes that ended, by why they did",
      (total) => {
        for (const [reason, count] of Object.entries(executors.status.ended)) total.inc({ reason }, count);
      },
      "reason",
    );
  }

  /** `collect` sets it whenever the numbers are asked for. */
  #gauge(name: string, help: string, collect?: (gauge: Gauge) => void, ...labelNames: string[]): Gauge {
    return new Gauge({
      ...this.#describe(name, help, labelNames),
      collect() {
        collect?.(this);
      },
    });
  }

  #counter(name: string, help: string, ...labelNames: string[]): Counter {
    return new Counter(this.#describe(name, help, labelNames));
  }

  /** A counter of what is counted elsewhere: `collect` adds it to 0 whenever the numbers are asked for. */
  #total(name: string, help: string, collect: (total: Counter) => void, ...labelNames: string[]): Counter {
    return new Counter({
      ...this.#describe(name, help, labelNames),
      collect() {
        this.reset();
        collect(this);
      },
    });
  }

  #histogram(name: string, help: string, buckets: number[], ...labelNames: string[]): Histogram {
    return new Histogram({ ...this.#describe(name, help, labelNames), buckets });
  }

  #describe(name: string, help: string, labelNames: string[]) {
    return { name: `cellgate_${name}`, help, labelNames, registers: [this.#registry] };
  }
}
