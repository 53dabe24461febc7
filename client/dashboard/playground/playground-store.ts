import { effect, signal, untracked } from "@preact/signals";
import { connect, type Outcome, type ToolDefinition, type Turn } from "../../index.ts";
import type { PlaygroundEditor } from "../editor/playground-editor.ts";
import { gatewayNow } from "../clock.ts";
import { Kept } from "../kept.ts";
import { currentToken, gatewayUrl, link } from "../link.ts";
import { Answers } from "./answers.ts";
import { exampleSource, exampleTools } from "./example.ts";
import { PlaygroundCell } from "./playground-cell.ts";

/** How long a cell may run until it yields, for those who choose; `default`: as the gateway says. */
export const yields = { default: undefined, "at once": 0, "1 s": 1_000, "60 s": 60_000, never: null } as const;

export type YieldName = keyof typeof yields;

/** Older ones are forgotten. */
const MOST_CELLS = 50;

/** The playground: a host of a turn of its own, with a person behind it. */
class PlaygroundStore {
  readonly source = signal("");
  readonly tools = signal<readonly ToolDefinition[]>([]);
  readonly yieldAfter = signal<YieldName>("default");
  readonly answers = new Answers(gatewayNow);
  /** The latest first. */
  readonly cells = signal<readonly PlaygroundCell[]>([]);
  /** The editor, while it is shown. */
  readonly editor = signal<PlaygroundEditor | undefined>(undefined);
  /** The session, once there is one. */
  readonly sessionId = signal<string | undefined>(undefined);
  /** How its connection stands; empty: there is none, or it is as it should be. */
  readonly problem = signal("");
  /** Whether the session is being ended. */
  readonly isEnding = signal(false);
  readonly #keptSource = new Kept("playground.source", "cleared");
  readonly #keptTools = new Kept("playground.tools", "cleared");
  #turn: Promise<Turn> | undefined;
  /** Aborted when whoever opened the turn signs out. */
  #left = new AbortController();
  #declared: readonly ToolDefinition[] = [];

  constructor() {
    this.source.value = this.#keptSource.get() ?? exampleSource;
    this.tools.value = this.#readTools() ?? exampleTools;
    effect(() => this.#keptSource.set(this.source.value));
    effect(() => this.#keptTools.set(JSON.stringify(this.tools.value)));
    effect(() => {
      if (link.value.state === "signed_out") untracked(() => this.#leave());
    });
  }

  /** Runs the source as a cell of the session; opens one where there is none. */
  async run(): Promise<void> {
    const cell = new PlaygroundCell(this.source.value);
    this.cells.value = [cell, ...this.cells.value].slice(0, MOST_CELLS);
    await this.#follow(cell, this.#open(), async (turn) => {
      await this.#declare(turn);
      return turn.execute(cell.source, {
        yieldMs: yields[this.yieldAfter.value],
        onStarted: (cellId) => cell.started(cellId),
        onContent: (items) => cell.put(items),
      });
    });
  }

  /** Goes on waiting for a cell that yielded. */
  async wait(cell: PlaygroundCell): Promise<void> {
    const cellId = cell.cellId.value;
    const turn = this.#turn;
    if (cellId === undefined || !turn) return;
    cell.run.value = { state: "running" };
    const yieldMs = yields[this.yieldAfter.value];
    await this.#follow(cell, turn, (opened) => opened.wait(cellId, { yieldMs, onContent: (items) => cell.put(items) }));
  }

  /** Has a cell that runs yield now. */
  async yieldNow(cell: PlaygroundCell): Promise<void> {
    const turn = await this.#turn;
    if (cell.cellId.value !== undefined) turn?.yieldNow(cell.cellId.value);
  }

  async terminate(cell: PlaygroundCell): Promise<void> {
    const cellId = cell.cellId.value;
    const turn = this.#turn;
    if (cellId === undefined || !turn) return;
    const hasWaiter = cell.run.value.state === "running";
    cell.run.value = { state: "terminating" };
    try {
      const outcome = await (await turn).terminate(cellId);
      // What it put out goes to the waiter, where there is one, and so does the outcome.
      if (hasWaiter) return;
      cell.put(outcome.content);
      cell.answered(outcome);
    } catch (error) {
      cell.failed(error);
    }
  }

  /** Ends the session; the next run opens another. */
  async endSession(): Promise<void> {
    if (this.isEnding.peek()) return;
    this.isEnding.value = true;
    try {
      await (await this.#turn)?.endSession();
    } catch (error) {
      this.problem.value = (error as Error).message;
    } finally {
      this.isEnding.value = false;
    }
  }

  async #follow(cell: PlaygroundCell, turn: Promise<Turn>, ask: (opened: Turn) => Promise<Outcome>): Promise<void> {
    try {
      cell.answered(await ask(await turn));
    } catch (error) {
      cell.failed(error);
    }
  }

  #open(): Promise<Turn> {
    const { signal: left } = this.#left;
    if (this.#turn) return this.#turn;
    const turn = this.#connect(left);
    this.#turn = turn;
    turn.catch(() => {
      if (!left.aborted) this.#turn = undefined;
    });
    return turn;
  }

  async #connect(left: AbortSignal): Promise<Turn> {
    this.#declared = this.tools.value;
    const turn = await connect(gatewayUrl, {
      token: currentToken(),
      signal: left,
      client: { name: "playground", version: "1" },
      host: {
        tools: this.#declared,
        invokeTool: (call, cancelled) => this.answers.invokeTool(call, cancelled),
        notify: ({ cellId, text }) => this.cells.value.find((cell) => cell.cellId.value === cellId)?.notified(text),
      },
      onState: (event) => {
        if (left.aborted) return;
        this.problem.value = event.state === "lost" ? "its connection is lost, and is being made again" : "";
      },
    });
    this.sessionId.value = turn.session.id;
    left.addEventListener("abort", () => void turn.close());
    void turn.closed.then(() => {
      if (!left.aborted) this.#closed();
    });
    return turn;
  }

  #closed(): void {
    this.#turn = undefined;
    this.sessionId.value = undefined;
    this.problem.value = "";
    for (const cell of this.cells.value) cell.lost();
  }

  async #declare(turn: Turn): Promise<void> {
    const tools = this.tools.value;
    if (tools === this.#declared) return;
    await turn.setTools(tools);
    this.#declared = tools;
  }

  /** Whoever signs in next has a turn of their own. */
  #leave(): void {
    this.#left.abort();
    this.#left = new AbortController();
    this.#closed();
    this.cells.value = [];
  }

  #readTools(): readonly ToolDefinition[] | undefined {
    try {
      return JSON.parse(this.#keptTools.get() ?? "") as ToolDefinition[];
    } catch {
      return undefined;
    }
  }
}

export const playground = new PlaygroundStore();
