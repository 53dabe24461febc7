import { setTimeout as delay } from "node:timers/promises";
import { CellRequest } from "../cell-request.ts";
import type { Outcome } from "../outcome.ts";
import type { RequestFrame } from "../requests.ts";
import type { Agent } from "./agent.ts";
import { draw } from "./distribution.ts";
import { type Complaint, complaintOf, complaintOfFailure } from "./expectation.ts";
import type { Samples } from "./samples.ts";
import type { ScenarioData } from "./scenario-data.ts";
import type { ExecuteStep, Expectation, Flow, Step, TerminateStep, WaitStep } from "./scenario.ts";
import type { ScriptedHost } from "./scripted-host.ts";
import { textOf } from "./template.ts";

/** What a {@link FlowRun} needs. */
export interface FlowRunOptions {
  readonly flow: Flow;
  readonly agent: Agent;
  /** Of the agent. */
  readonly host: ScriptedHost;
  readonly data: ScenarioData;
  readonly samples: Samples;
  /** When it was to begin, in the time of `performance.now()`. Its times count from there. */
  readonly dueAt: number;
  readonly isWarmUp: boolean;
  /** Whether flows begin on time, and not when the one before has ended. */
  readonly isOpenLoop: boolean;
  /** Milliseconds that an answer may take. */
  readonly timeoutMs: number;
  /** Resolves when all sockets have called it. */
  readonly meet: () => Promise<void>;
}

/** A step went otherwise than the scenario wants: the flow ends there. */
class StepError extends Error {
  override readonly name = "StepError";
  readonly complaint: Complaint;

  constructor(complaint: Complaint) {
    super(complaint.message);
    this.complaint = complaint;
  }
}

/**
 * One run of a flow by one socket. Each step is timed from when it was due: the first from when the flow was to begin,
 * whoever was late, and each later one from the end of the one before. So nothing that the client itself is late with is
 * left out.
 */
export class FlowRun {
  readonly #options: FlowRunOptions;
  /** The cells of this run, by what later steps call them; the latest is `""`. */
  readonly #cells = new Map<string, string>();
  /** Answers that the end of the flow waits for. */
  readonly #detached: Promise<void>[] = [];
  #dueAt: number;

  constructor(options: FlowRunOptions) {
    this.#options = options;
    this.#dueAt = options.dueAt;
  }

  /** Never rejects: what goes wrong is counted as an error. */
  async run(): Promise<void> {
    const { flow, agent, host, samples, dueAt } = this.#options;
    host.forget();
    try {
      await agent.recover();
      await this.#do(flow.steps);
      await Promise.all(this.#detached);
      this.#record(flow.name ?? "flow", dueAt);
    } catch (error) {
      const complaint = error instanceof StepError ? error.complaint : complaintOfFailure(error, undefined);
      if (complaint) samples.error(complaint.what, complaint.message);
      await Promise.allSettled(this.#detached);
    }
    // The next flow finds a socket that is open; where that cannot be, it says so itself.
    await agent.recover().catch(() => {});
  }

  async #do(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      await this.#step(step);
      if (step.do !== "think") this.#dueAt = performance.now();
    }
  }

  async #step(step: Step): Promise<void> {
    const { agent, data, meet } = this.#options;
    switch (step.do) {
      case "execute":
        return this.#execute(step);
      case "wait":
        return this.#wait(step);
      case "terminate":
        return this.#terminate(step);
      case "think":
        return this.#think(draw(step.ms, data.random));
      case "cut":
        return agent.cut();
      case "resume":
        return agent.resume(step.afterMs === undefined ? undefined : draw(step.afterMs, data.random));
      case "close":
        return agent.close();
      case "meet":
        return meet();
      case "repeat": {
        const times = Math.round(draw(step.times, data.random));
        for (let time = 0; time < times; time++) await this.#do(step.steps);
        return;
      }
      default:
        step satisfies never;
    }
  }

  async #execute({ source, as, detached, yieldMs, stream, expect }: ExecuteStep): Promise<void> {
    const { data, isOpenLoop } = this.#options;
    const dueAt = this.#dueAt;
    const sentAt = performance.now();
    const started = Promise.withResolvers<void>();
    const request = new CellRequest("execute", undefined, {
      onStarted: (cellId) => {
        for (const name of ["", as]) if (name !== undefined) this.#cells.set(name, cellId);
        this.#record("started", dueAt);
        started.resolve();
      },
    });
    const text = textOf(source, data);
    const answered = this.#ask({ type: "execute", source: text, yieldMs, stream }, request, "execute", dueAt);
    const checked = answered.then((outcome) => {
      if (isOpenLoop) this.#record("service", sentAt);
      this.#check(outcome, expect);
    });
    const settled = checked.catch((error: unknown) => this.#accept(error, expect));
    if (!detached) return settled;
    // Whoever awaits it at the end of the flow hears of its failure.
    settled.catch(() => {});
    this.#detached.push(settled);
    // A request that is refused never starts.
    await Promise.race([started.promise, settled]);
  }

  async #wait({ cell, yieldMs, stream, untilEnd, expect }: WaitStep): Promise<void> {
    try {
      for (;;) {
        const cellId = this.#cellId(cell);
        const request = new CellRequest("wait", cellId);
        const outcome = await this.#ask({ type: "wait", cellId, yieldMs, stream }, request, "wait", this.#dueAt);
        if (!untilEnd || outcome.type !== "yielded") return this.#check(outcome, expect);
        this.#dueAt = performance.now();
      }
    } catch (error) {
      this.#accept(error, expect);
    }
  }

  async #terminate({ cell, expect }: TerminateStep): Promise<void> {
    const cellId = this.#cellId(cell);
    try {
      const request = new CellRequest("terminate", cellId);
      this.#check(await this.#ask({ type: "terminate", cellId }, request, "terminate", this.#dueAt), expect);
    } catch (error) {
      this.#accept(error, expect);
    }
  }

  /** The pause is counted from when it was due, so that late timers do not add up. */
  async #think(ms: number): Promise<void> {
    this.#dueAt += ms;
    const restMs = this.#dueAt - performance.now();
    if (restMs > 0) await delay(restMs);
  }

  /** Asks, and resolves with the answer, whose time is taken down; rejects when it is refused, or does not come. */
  async #ask(frame: RequestFrame, request: CellRequest, metric: string, dueAt: number): Promise<Outcome> {
    const { agent, timeoutMs } = this.#options;
    const { turn } = agent;
    const id = turn.ask(frame, request);
    const timer = setTimeout(() => turn.giveUp(id, timeoutMs), timeoutMs);
    try {
      const outcome = await request.outcome;
      this.#record(metric, dueAt);
      return outcome;
    } finally {
      clearTimeout(timer);
    }
  }

  #check(outcome: Outcome, expectation: Expectation | undefined): void {
    const { host, data } = this.#options;
    const complaint = complaintOf(outcome, expectation, data, host.notificationsOf(outcome.cellId));
    if (complaint) throw new StepError(complaint);
  }

  /** A failure that the scenario allows is none. */
  #accept(error: unknown, expectation: Expectation | undefined): void {
    if (error instanceof StepError) throw error;
    const complaint = complaintOfFailure(error, expectation);
    if (complaint) throw new StepError(complaint);
  }

  #cellId(name = ""): string {
    const cellId = this.#cells.get(name);
    if (cellId !== undefined) return cellId;
    throw new StepError({ what: "scenario", message: `cell ${JSON.stringify(name)}: expected one that was started` });
  }

  #record(metric: string, sinceAt: number): void {
    const { samples, isWarmUp } = this.#options;
    samples.record(metric, performance.now() - sinceAt, isWarmUp);
  }
}
