import { setTimeout as delay } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import {
  connect,
  ConnectionError,
  type StateEvent,
  type Tool,
  type ToolContext,
  type Tools,
  type Turn,
} from "../../client/index.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { problemsOf } from "./cell-verdict.ts";
import { ChaosCell } from "./chaos-cell.ts";
import { type FaultKind, sufferFaults } from "./fault-plan.ts";
import type { AgentPlan, Width } from "./plan.ts";

/** Round trips in which what is still on its way must have come. */
const PATIENCE = 200;

/** What a {@link ChaosAgent} needs. */
export interface ChaosAgentOptions {
  readonly plan: AgentPlan;
  readonly url: string;
  readonly token: string;
  readonly width: Width;
  /** Takes over what the agent makes, which is closed when nobody needs it any more. */
  readonly opened: (proxy: FaultProxy) => void;
  readonly struck: (kind: FaultKind) => void;
}

/** An agent of the SDK by way of proxies on which everything happens that is planned. */
export class ChaosAgent {
  readonly cells: readonly ChaosCell[];
  readonly problems: string[] = [];
  /** Times that a tool was run. */
  calls = 0;
  readonly #options: ChaosAgentOptions;
  readonly #events: [StateEvent[], StateEvent[]] = [[], []];
  /** By turn and call. */
  readonly #ran = new Set<string>();
  /** Of cells that hang. */
  readonly #terminations: Promise<void>[] = [];
  #running = 0;
  /** The first turn is to be taken over, or was. */
  #isGivenUp = false;

  constructor(options: ChaosAgentOptions) {
    this.#options = options;
    this.cells = options.plan.cells.map((cell) => new ChaosCell(cell));
  }

  /** From its first connection to the end of its session. */
  async live(): Promise<void> {
    const { end, takeoverMs, asides } = this.#options.plan;
    const first = await this.#connect(0);
    const work = Promise.all([
      ...this.cells.map((cell) => this.#work(cell.plan.afterMs, () => cell.drive(first))),
      ...asides.map((afterMs, index) => this.#work(afterMs, () => this.#askAside(first, index))),
    ]);
    if (end === "ends") {
      await work;
      return this.#finish(first, 0);
    }
    if (end === "closes") {
      await work;
      await this.#terminated();
      await first.close();
    } else {
      await delay(takeoverMs);
      this.#isGivenUp = true;
    }
    const second = await this.#connect(1, first);
    await work;
    const { code } = await first.closed;
    if (code !== (end === "closes" ? 1000 : 4409)) this.problems.push(`the first turn ended with ${code}`);
    const left = second.cells.flatMap(({ cellId, toolCallId }) => {
      const cell = this.cells.find(({ plan }) => plan.name === toolCallId);
      cell?.cellIds.add(cellId);
      return cell ? [cell] : [];
    });
    await Promise.all(left.map((cell) => cell.waitOut(second, 1, undefined, cell.plan.beatMs)));
    await this.#finish(second, 1);
  }

  async #connect(index: 0 | 1, earlier?: Turn): Promise<Turn> {
    const { url, token, plan, opened, struck } = this.#options;
    const proxy = await FaultProxy.open(url);
    opened(proxy);
    const connected = Promise.withResolvers<Turn>();
    const turn = await connect(proxy.url, {
      token,
      session: earlier?.session,
      subprotocol: plan.subprotocol,
      reconnect: { baseMs: 4, capMs: 40 },
      tools: this.#tools(index, connected.promise),
      onNotify: ({ text, toolCallId }) => {
        const cell = this.cells.find(({ plan: { name } }) => name === toolCallId);
        cell?.shares[index].notifications.push(text);
      },
      onState: (event) => void this.#events[index].push(event),
      onError: (error) => void this.problems.push(`the SDK reported ${String(error)}`),
    });
    connected.resolve(turn);
    void sufferFaults(proxy, plan.faults[index], struck);
    return turn;
  }

  /** `connected`: an earlier turn's calls may be offered before the promise of `connect` resolves. */
  #tools(index: 0 | 1, connected: Promise<Turn>): Tools {
    const tools: Tools = {
      echo: { description: "", run: (label: string) => label },
      slow: {
        description: "",
        run: ({ label, ms }: { label: string; ms: number }, { signal }) => delay(ms, label, { signal }),
      },
      fail: {
        description: "",
        run: (label: string) => {
          throw Object.assign(new Error(label), { code: "E_FAIL" });
        },
      },
      hang: {
        description: "",
        run: (label: string, { cellId, signal }) => {
          const terminate = async () => this.#cellOf(label)?.terminate(await connected, index, cellId);
          this.#terminations.push(this.#work(0, terminate));
          return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
        },
      },
    };
    const counted = Object.entries(tools).map(([name, tool]): [string, Tool] => {
      const run: Tool["run"] = async (input, context) => {
        this.#count(index, input, context);
        try {
          return await tool.run(input, context);
        } finally {
          this.#running -= 1;
        }
      };
      return [name, { ...tool, run }];
    });
    return Object.fromEntries(counted);
  }

  #count(index: 0 | 1, input: unknown, { callId }: ToolContext): void {
    this.calls += 1;
    this.#running += 1;
    if (this.#ran.has(`${index} ${callId}`)) this.problems.push(`the call ${callId} was run twice`);
    this.#ran.add(`${index} ${callId}`);
    const label = typeof input === "object" && input !== null && "label" in input ? input.label : input;
    this.#cellOf(String(label))?.called(String(label), callId);
  }

  /** The cell whose label this is. */
  #cellOf(label: string): ChaosCell | undefined {
    return this.cells.find(({ plan }) => label.startsWith(`${plan.name}.`));
  }

  /** Something is done after a while. It may come to nothing where the turn is taken over. */
  async #work(afterMs: number, work: () => Promise<unknown>): Promise<void> {
    try {
      await delay(afterMs);
      await work();
    } catch (error) {
      const isOver = this.#isGivenUp && error instanceof ConnectionError && error.code === "taken_over";
      if (!isOver) this.problems.push(`rejected: ${String(error)}`);
    }
  }

  async #askAside(turn: Turn, index: number): Promise<unknown> {
    const asks = [
      () => turn.listCells(),
      () => turn.storedValues(),
      () => turn.ping(),
      () => turn.setTools(this.#tools(0, Promise.resolve(turn))),
    ];
    return asks[index % asks.length]?.();
  }

  /** Looks at everything, and ends the session. */
  async #finish(turn: Turn, index: 0 | 1): Promise<void> {
    await this.#terminated();
    let left = await turn.listCells();
    // What was held back for want of room comes a little later than the outcomes, and what was aborted ends a little later.
    for (let rounds = 0; rounds < PATIENCE && left.length + this.cellProblems().length > 0; rounds++) {
      left = await turn.listCells();
    }
    for (const { toolCallId, state } of left) this.problems.push(`${toolCallId} is left over, ${state}`);
    // Every cell is over, and the calls that it left open with it.
    if (this.#running > 0) this.problems.push(`${this.#running} tools are running still`);
    this.problems.push(...this.#storedProblems(await turn.storedValues()));
    await this.#terminated();
    await turn.endSession();
    const latest = this.#events[index].at(-1)?.state;
    if (latest !== "closed") this.problems.push(`the last state is ${latest}`);
    this.problems.push(...this.cellProblems());
  }

  /** What hangs, or hung until its cell was aborted, has been terminated: each call of `hang` asks for that. */
  async #terminated(): Promise<void> {
    let asked;
    do {
      asked = this.#terminations.length;
      await Promise.all(this.#terminations);
    } while (asked < this.#terminations.length);
  }

  #storedProblems(stored: { [key: string]: unknown }): string[] {
    const problems: string[] = [];
    for (const { plan, outcome, expected, isAborted } of this.cells) {
      const own = Object.entries(stored).filter(([key]) => key.startsWith(`${plan.name}.`));
      const isKept = isDeepStrictEqual(Object.fromEntries(own), expected.stored);
      // What became of one that was aborted nobody knows; but it is all or nothing.
      const isDue = outcome?.type === "result" ? isKept : own.length === 0 || (isAborted && !outcome && isKept);
      if (!isDue) problems.push(`${plan.name} (${plan.drive}): it stored ${own.map(([key]) => key).join()}`);
    }
    return problems;
  }

  /** What is not, or not yet, as it should be with its cells. */
  cellProblems(): string[] {
    const { plan, width } = this.#options;
    const gap = this.#events.flat().some((event) => event.state === "resumed" && !event.complete);
    // A turn that does not come back is not told of its gap.
    const mayMiss = gap || (width === "narrow" && plan.end !== "ends");
    return this.cells.flatMap((cell) => {
      const problems = problemsOf(cell, { mayMiss, isGivenUp: this.#isGivenUp });
      return problems.map((problem) => `${cell.plan.name} (${cell.plan.drive}): ${problem}`);
    });
  }
}
