import { setTimeout as delay } from "node:timers/promises";
import { pause } from "../timer.ts";
import { Agent } from "./agent.ts";
import { Barrier } from "./barrier.ts";
import { type Beginning, Dispatcher } from "./dispatcher.ts";
import { FlowRun } from "./flow-run.ts";
import { emptyLedger } from "./ledger.ts";
import { Random } from "./random.ts";
import { ReplayHost } from "./replay/replay-host.ts";
import { ReplayRun } from "./replay/replay-run.ts";
import { ReplayTally } from "./replay/replay-tally.ts";
import { Samples } from "./samples.ts";
import { ScenarioData } from "./scenario-data.ts";
import type { LoadedScenario } from "./scenario-source.ts";
import type { Flow } from "./scenario.ts";
import { ScriptedHost } from "./scripted-host.ts";
import { TraceRecorder } from "./trace-recorder.ts";
import type { WorkerSecond, WorkerTask, WorkerTotals } from "./worker-messages.ts";

/** How long sessions may take to end, when all is over. */
const endMs = 10_000;

/** A socket, and what it has for a host. */
interface Member {
  readonly agent: Agent;
  readonly host: ScriptedHost | ReplayHost;
}

/** The sockets of one worker, from their first connection to their end. */
export class Fleet {
  readonly #loaded: LoadedScenario;
  readonly #task: WorkerTask;
  readonly #random: Random;
  readonly #ledger = emptyLedger();
  readonly #samples = new Samples();
  readonly #members: Member[];
  readonly #recorder: TraceRecorder | undefined;
  /** How the outcomes of a trace that is played compare. */
  readonly #tally = new ReplayTally();
  readonly #barrier: Barrier;
  /** No more flows begin. */
  readonly #stopper = new AbortController();
  /** Nothing is connected any more. */
  readonly #closer = new AbortController();
  #dispatcher: Dispatcher<Member> | undefined;
  #maxLateMs = 0;

  /** `onFull` is told when all of its sockets have met, and whether they did so for the last time. */
  constructor(loaded: LoadedScenario, task: WorkerTask, onFull: (hasLeft: boolean) => void) {
    this.#loaded = loaded;
    this.#task = task;
    this.#random = new Random(task.seed);
    this.#barrier = new Barrier(task.sockets, onFull);
    this.#recorder = task.records ? new TraceRecorder() : undefined;
    this.#members = Array.from({ length: task.sockets }, (_, at) => this.#member(task.firstSocket + at));
  }

  /** Connects all sockets, spread over the ramp, and resolves with how many did: those that cannot are errors. */
  async connect(): Promise<number> {
    const { rampMs, sockets } = this.#task;
    const startedAt = performance.now();
    const attempts: Promise<void>[] = [];
    for (const [at, { agent }] of this.#members.entries()) {
      const restMs = startedAt + (rampMs * at) / sockets - performance.now();
      if (restMs > 1) await delay(restMs);
      if (this.#stopper.signal.aborted) break;
      attempts.push(agent.connect());
    }
    for (const result of await Promise.allSettled(attempts)) {
      if (result.status === "rejected") this.#samples.error("not connected", String(result.reason));
    }
    return this.#members.filter(({ agent }) => agent.isConnected).length;
  }

  /** Runs flows from `startAt` on, until it has run enough or is stopped, and resolves with how many there were. */
  async run(startAt: number): Promise<WorkerTotals["flows"]> {
    const { pace, timeoutMs } = this.#task;
    const sockets = this.#members.filter(({ agent }) => agent.isConnected);
    for (let lacking = this.#members.length - sockets.length; lacking > 0; lacking--) this.#barrier.leave();
    // Each socket that there is does its flow once: none does that of one that is not there.
    const count = this.#loaded.scenario.once ? sockets.length : pace.count;
    const dispatcher = new Dispatcher({
      pace: { ...pace, count },
      sockets,
      run: (member, beginning) => this.#run(member, beginning),
      onLate: (ms) => (this.#maxLateMs = Math.max(this.#maxLateMs, ms)),
      signal: this.#stopper.signal,
    });
    this.#dispatcher = dispatcher;
    const notBegun = await dispatcher.begin(startAt);
    const notEnded = await dispatcher.settled(timeoutMs);
    return { begun: dispatcher.begun, notBegun, notEnded };
  }

  /** Ends all sessions, and resolves with what became of everything. */
  async end(): Promise<Omit<WorkerTotals, "flows">> {
    // Before the sessions end, as the gateway would answer a waiter then whatever had become of its cell.
    this.#giveUp();
    const ended = Promise.all(this.#members.map(({ agent }) => agent.end()));
    await Promise.race([ended, pause(endMs, this.#closer.signal)]);
    this.#closer.abort();
    // The ends themselves are among what is pending now.
    this.#giveUp();
    return { ledger: this.#ledger, replay: this.#loaded.sessions ? this.#tally.result : undefined };
  }

  /** Lines of a trace since this was last asked. */
  takeRecorded(): string {
    return this.#recorder?.take() ?? "";
  }

  /** The sockets of all workers have met. */
  met(): void {
    this.#barrier.open();
  }

  /** No more flows begin. */
  stop(): void {
    this.#stopper.abort();
  }

  /** What was measured since this was last asked. `isWarmUp`: what is measured now does not count yet. */
  take(isWarmUp: boolean): Omit<WorkerSecond, "second" | "strain"> & { readonly maxLateMs: number } {
    const samples = this.#samples.take();
    this.#samples.isWarmUp = isWarmUp;
    const maxLateMs = this.#maxLateMs;
    this.#maxLateMs = 0;
    let [calls, notifications, connected] = [0, 0, 0];
    for (const { agent, host } of this.#members) {
      const counts = host.takeCounts();
      calls += counts.calls;
      notifications += counts.notifications;
      if (agent.isConnected) connected += 1;
    }
    const { running = 0, waiting = 0 } = this.#dispatcher ?? {};
    return { samples, calls, notifications, connected, running, waiting, maxLateMs };
  }

  #member(index: number): Member {
    const { target, speed } = this.#task;
    const { scenario, sessions } = this.#loaded;
    const random = this.#random.of(index);
    const session = sessions?.[index % sessions.length];
    const host = session ? new ReplayHost(session, speed) : new ScriptedHost(scenario.tools, index, random.of("tools"));
    const agent = new Agent({
      index,
      target,
      host,
      random,
      ledger: this.#ledger,
      samples: this.#samples,
      recorder: this.#recorder,
      signal: this.#closer.signal,
    });
    return { agent, host };
  }

  async #run({ agent, host }: Member, beginning: Beginning): Promise<void> {
    const { timeoutMs, speed, pace } = this.#task;
    const samples = this.#samples;
    if (host instanceof ReplayHost) {
      await new ReplayRun({ agent, host, speed, samples, timeoutMs, tally: this.#tally }).run();
      return;
    }
    const run = new FlowRun({
      flow: this.#flowOf(agent),
      agent,
      host,
      data: new ScenarioData(agent.index, agent.nextRun(), agent.random),
      samples,
      ...beginning,
      isOpenLoop: pace.rate !== undefined,
      timeoutMs,
      meet: () => this.#barrier.meet(),
    });
    await run.run();
    this.#barrier.leave();
  }

  #flowOf(agent: Agent): Flow {
    const { flows, once } = this.#loaded.scenario;
    const dealt = once ? flows[agent.index % flows.length] : undefined;
    return dealt ?? agent.random.pick(flows, ({ weight = 1 }) => weight);
  }

  #giveUp(): void {
    for (const { agent } of this.#members) agent.giveUp();
  }
}
