import { addLedger, emptyLedger } from "./ledger.ts";
import type { LoadPlan } from "./load-plan.ts";
import type { Target } from "./load-socket.ts";
import type { Machine } from "./machine.ts";
import { Measurements } from "./measurements.ts";
import { ReplayTally } from "./replay/replay-tally.ts";
import type { GatewaySecond, LoadResult, TimelineSecond } from "./result.ts";
import type { WorkerReport, WorkerTask, WorkerTotals } from "./worker-messages.ts";
import { WorkerThread } from "./worker-thread.ts";

/** What a {@link LoadRun} needs. */
export interface LoadRunOptions {
  /** What names the scenario on the command line. */
  readonly scenario: string;
  readonly plan: LoadPlan;
  readonly target: Target;
  /** Asked each second how the gateway is. */
  readonly watchGateway: () => Promise<GatewaySecond>;
  /** Told when flows begin, and when the last one has ended. */
  readonly machine: Pick<Machine, "begin" | "end">;
  /** Told the lines of a trace of all that goes over the sockets. Absent: nothing is recorded. */
  readonly onRecorded?: ((text: string) => void) | undefined;
  /** Told each second what has happened. */
  readonly onSecond: (second: TimelineSecond, errors: number) => void;
}

/** No socket could connect. */
export class NoConnectionError extends Error {
  override readonly name = "NoConnectionError";
}

/** Between the order to start and the start itself: time for the order to reach all workers. */
const leadMs = 50;

type Report<Type extends WorkerReport["type"]> = Extract<WorkerReport, { type: Type }>;

/** One load, seen from the main thread: it has workers do it, and puts together what they say. */
export class LoadRun {
  readonly #options: LoadRunOptions;
  readonly #measurements: Measurements;
  readonly #workers: WorkerThread[] = [];
  readonly #totals: WorkerTotals[] = [];
  readonly #connected = Promise.withResolvers<number>();
  readonly #done = Promise.withResolvers<void>();
  /** Workers that have connected, and the sockets that they have. */
  #connectedWorkers = 0;
  #sockets = 0;
  /** Workers whose flows have ended, and the Unix time at which the last of them said so. */
  #endedWorkers = 0;
  #endedAtMs = 0;
  /** Workers whose sockets have all met, and those whose sockets never meet again. */
  #full = 0;
  #left = 0;

  constructor(options: LoadRunOptions) {
    this.#options = options;
    this.#measurements = new Measurements(options.plan.warmUpMs);
  }

  /** Runs it to its end. Rejects with {@link NoConnectionError}, and where a worker fails. */
  async run(): Promise<Pick<LoadResult, "startedAtMs" | "seconds" | "ledger" | "flows" | "replay" | keyof Measured>> {
    const { plan, machine } = this.#options;
    for (let worker = 0; worker < plan.workers; worker++) {
      this.#workers.push(new WorkerThread(this.#task(worker), (report) => this.#hear(report)));
    }
    const failed = Promise.all(this.#workers.map(({ ended }) => ended)).then(() => {
      throw new Error("a worker ended before its time");
    });
    try {
      const sockets = await Promise.race([this.#connected.promise, failed]);
      if (sockets === 0) throw this.#noConnection();
      const startedAtMs = Date.now() + leadMs;
      machine.begin();
      for (const worker of this.#workers) worker.tell({ type: "start", atMs: startedAtMs });
      const stopWatching = this.#watch(startedAtMs);
      await Promise.race([this.#done.promise, failed]).finally(stopWatching);
      const lastMs = plan.count === undefined ? plan.warmUpMs + plan.durationMs : Infinity;
      const seconds = (Math.min(lastMs, this.#endedAtMs - startedAtMs) - plan.warmUpMs) / 1_000;
      return { startedAtMs, seconds, ...this.#sums(), ...this.#measured(seconds) };
    } finally {
      failed.catch(() => {});
      await Promise.all(this.#workers.map((worker) => worker.terminate()));
    }
  }

  /** No more flows begin; those that run come to their end. */
  stop(): void {
    for (const worker of this.#workers) worker.tell({ type: "stop" });
  }

  #task(worker: number): WorkerTask {
    const { plan, scenario, target } = this.#options;
    const { workers, rate, warmUpMs, durationMs, count, rampMs, timeoutMs, seed, speed } = plan;
    const share = (whole: number) =>
      Math.floor(((worker + 1) * whole) / workers) - Math.floor((worker * whole) / workers);
    const pace = { worker, workers, rate, concurrency: share(plan.concurrency), warmUpMs, durationMs };
    return {
      scenario,
      target,
      seed,
      firstSocket: Math.floor((worker * plan.sockets) / workers),
      sockets: share(plan.sockets),
      rampMs,
      timeoutMs,
      speed,
      records: this.#options.onRecorded !== undefined,
      pace: { ...pace, count: count === undefined || rate !== undefined ? count : share(count) },
    };
  }

  #hear(report: WorkerReport): void {
    switch (report.type) {
      case "connected":
        return this.#hearConnected(report);
      case "full":
        return this.#hearFull(report);
      case "second":
        return this.#measurements.add(report.second);
      case "recorded":
        return this.#options.onRecorded?.(report.text);
      case "ended":
        return this.#hearEnded();
      case "done":
        this.#totals.push(report.totals);
        if (this.#totals.length === this.#workers.length) this.#done.resolve();
        return;
      default:
        report satisfies never;
    }
  }

  #hearConnected({ sockets }: Report<"connected">): void {
    this.#connectedWorkers += 1;
    this.#sockets += sockets;
    if (this.#connectedWorkers === this.#options.plan.workers) this.#connected.resolve(this.#sockets);
  }

  #hearFull({ hasLeft }: Report<"full">): void {
    if (hasLeft) this.#left += 1;
    else this.#full += 1;
    if (this.#full === 0 || this.#full + this.#left < this.#workers.length) return;
    this.#full = 0;
    for (const worker of this.#workers) worker.tell({ type: "met" });
  }

  #hearEnded(): void {
    this.#endedWorkers += 1;
    if (this.#endedWorkers < this.#workers.length) return;
    this.#endedAtMs = Date.now();
    this.#options.machine.end();
  }

  /** Looks at the gateway, and tells how far things are, at the end of each second. Returns what ends it. */
  #watch(startedAtMs: number): () => void {
    const { watchGateway, onSecond } = this.#options;
    let timer: NodeJS.Timeout;
    const look = (second: number) => {
      const { latest } = this.#measurements;
      if (latest) onSecond(latest, this.#measurements.errorCount);
      void watchGateway().then((gateway) => this.#measurements.addGateway(second, gateway));
      schedule(Math.max(second + 1, Math.floor((Date.now() - startedAtMs) / 1_000)));
    };
    const schedule = (second: number) => {
      timer = setTimeout(() => look(second), startedAtMs + (second + 1) * 1_000 - Date.now());
    };
    schedule(0);
    return () => clearTimeout(timer);
  }

  #noConnection(): NoConnectionError {
    const { errors } = this.#measured(0);
    const [first] = errors;
    return new NoConnectionError(`no socket could connect${first ? `: ${first.what}: ${first.message}` : ""}`);
  }

  #measured(seconds: number): Measured {
    return this.#measurements.result(seconds);
  }

  #sums(): Pick<LoadResult, "ledger" | "flows" | "replay"> {
    const ledger = emptyLedger();
    const flows = { begun: 0, notBegun: 0, notEnded: 0 };
    const tally = new ReplayTally();
    let isReplay = false;
    for (const totals of this.#totals) {
      addLedger(ledger, totals.ledger);
      flows.begun += totals.flows.begun;
      flows.notBegun += totals.flows.notBegun;
      flows.notEnded += totals.flows.notEnded;
      if (!totals.replay) continue;
      isReplay = true;
      tally.merge(totals.replay);
    }
    return { ledger, flows, replay: isReplay ? tally.result : undefined };
  }
}

type Measured = ReturnType<Measurements["result"]>;
