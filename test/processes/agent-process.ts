import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { CellStatus, ReconnectOptions, StateEvent, Turn } from "../../client/index.ts";

/** How an agent in a process of its own connects. */
export interface AgentOptions {
  readonly url: string;
  readonly token: string;
  /** Where the session is kept that it goes on with. Where there is no such file, it opens one and writes it down. */
  readonly sessionFile?: string | undefined;
  readonly reconnect?: ReconnectOptions | undefined;
}

/** What the agent is asked for: a method of its turn. */
export type AgentMethod = "execute" | "run" | "wait" | "terminate" | "listCells" | "storedValues" | "ping";

/** What the agent's program is told. */
export type AgentCommand =
  | { readonly type: "connect"; readonly options: AgentOptions }
  | { readonly type: "ask"; readonly number: number; readonly method: AgentMethod; readonly args: readonly unknown[] }
  /** As `ask`; it kills itself as soon as it has the answer. */
  | { readonly type: "ask_and_die"; readonly method: AgentMethod; readonly args: readonly unknown[] }
  /** What a call of the tool `hold` is answered with. */
  | { readonly type: "release"; readonly callId: string; readonly value: unknown };

/** What the agent's program says. */
export type AgentReport =
  | { readonly type: "connected"; readonly turn: number; readonly cells: readonly CellStatus[] }
  | { readonly type: "answered"; readonly number: number; readonly value: unknown }
  | { readonly type: "failed"; readonly number: number; readonly error: AgentFailure }
  | { readonly type: "called"; readonly callId: string; readonly attempt: number; readonly input: unknown }
  | { readonly type: "notified"; readonly text: string }
  | { readonly type: "finished"; readonly cellId: string }
  | { readonly type: "state"; readonly event: StateEvent }
  | { readonly type: "error"; readonly message: string };

/** Why a promise of the agent's turn was rejected. */
export interface AgentFailure {
  readonly name: string;
  readonly code: string;
  readonly message: string;
}

type ReportOf<Type> = Extract<AgentReport, { type: Type }>;
type Answer<Method extends AgentMethod> = Awaited<ReturnType<Turn[Method]>>;

/**
 * An agent by the SDK in a process of its own, which can be stopped and killed. Its tool `hold` tells of each call and
 * answers when it is released.
 */
export class AgentProcess {
  readonly child: ChildProcess;
  /** All that it said, in order. */
  readonly reports: AgentReport[] = [];
  readonly #untaken = new Set<AgentReport>();
  readonly #exited: Promise<unknown>;
  #asked = 0;

  /** Starts one, and resolves when it is connected. Whoever starts it ends it. */
  static async start(options: AgentOptions): Promise<AgentProcess> {
    const agent = new AgentProcess();
    agent.#send({ type: "connect", options });
    await agent.next("connected");
    return agent;
  }

  private constructor() {
    this.child = fork(fileURLToPath(new URL("agent.ts", import.meta.url)), { execArgv: [] });
    // Each promise that waits has a listener.
    this.child.setMaxListeners(0);
    this.#exited = once(this.child, "exit");
    this.child.on("message", (report: AgentReport) => {
      this.reports.push(report);
      this.#untaken.add(report);
    });
  }

  get pid(): number {
    return this.child.pid as number;
  }

  /** How its turn began. */
  get welcome(): ReportOf<"connected"> {
    return this.all("connected")[0] as ReportOf<"connected">;
  }

  /** All that it said of this type, in order. */
  all<Type extends AgentReport["type"]>(type: Type): ReportOf<Type>[] {
    return this.reports.filter((report): report is ReportOf<Type> => report.type === type);
  }

  /** The states of its connection so far. */
  get states(): StateEvent[] {
    return this.all("state").map(({ event }) => event);
  }

  /** Asks its turn for something. Rejects with an {@link AgentFailure}, and where the process ends before the answer. */
  async ask<Method extends AgentMethod>(method: Method, ...args: Parameters<Turn[Method]>): Promise<Answer<Method>> {
    this.#asked += 1;
    const number = this.#asked;
    this.#send({ type: "ask", number, method, args });
    const answer = await this.#next((report) => "number" in report && report.number === number);
    if (answer.type === "failed") throw answer.error;
    return (answer as ReportOf<"answered">).value as Answer<Method>;
  }

  /** The same, but the process kills itself the moment it has the answer. Resolves when it is gone. */
  async askAndDie<Method extends AgentMethod>(method: Method, ...args: Parameters<Turn[Method]>): Promise<void> {
    this.#send({ type: "ask_and_die", method, args });
    await this.#exited;
  }

  /** Answers a call of `hold`. */
  release(callId: string, value: unknown): void {
    this.#send({ type: "release", callId, value });
  }

  /** The first report of this type that was not given yet. Rejects where the process ends before it comes. */
  async next<Type extends AgentReport["type"]>(type: Type): Promise<ReportOf<Type>> {
    return (await this.#next((report) => report.type === type)) as ReportOf<Type>;
  }

  /** Resolves when its connection is in this state, or was since a state was last waited for. */
  async until(state: StateEvent["state"]): Promise<StateEvent> {
    for (;;) {
      const { event } = await this.next("state");
      if (event.state === state) return event;
    }
  }

  /** Ends it at once, and resolves when it is gone. */
  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.#exited;
  }

  async #next(matches: (report: AgentReport) => boolean): Promise<AgentReport> {
    for (;;) {
      for (const report of this.#untaken) {
        if (!matches(report)) continue;
        this.#untaken.delete(report);
        return report;
      }
      if (this.child.exitCode !== null || this.child.signalCode !== null)
        throw new Error("the agent's process is gone");
      await Promise.race([once(this.child, "message"), this.#exited]);
    }
  }

  #send(command: AgentCommand): void {
    this.child.send(command);
  }
}
