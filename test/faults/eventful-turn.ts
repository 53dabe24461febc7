import {
  connect,
  ConnectionError,
  type ConnectOptions,
  type Outcome,
  RequestError,
  type Subprotocol,
  ToolCancelledError,
  type ToolContext,
  type Tools,
  type Turn,
} from "../../client/index.ts";
import { textsOf } from "../e2e/cell-turn.ts";

/** What an eventful turn comes to. It is the same each time, whatever happens to its connections. */
export interface Account {
  /** Of each step that asks for something: what kind the answer was, and the texts in it. */
  readonly answers: (string | { readonly type: string; readonly texts: readonly string[] })[];
  /** Texts that were given to the first cell's listener as they came. */
  readonly streamed: readonly string[];
  /** Cells that were said to have started. */
  readonly started: number;
  /** Runs of the tools' handlers, each with its input. */
  readonly calls: readonly string[];
  /** Inputs of the calls that were cancelled while their handlers ran. */
  readonly cancelled: readonly string[];
  readonly notified: readonly string[];
  /** Events of cells, which are called by the order in which they started. */
  readonly events: readonly string[];
  readonly stored: object;
  /** What has no promise to reject. */
  readonly errors: readonly string[];
}

/** Takes three frames where they are the smallest that there can be. */
const LARGE = "x".repeat(270_000);

const FIRST = `
  text("begins"); notify("n1");
  text(await tools.echo("e"));
  try { await tools.fail("f") } catch (error) { text(error.message) }
  text("x".repeat(${LARGE.length}));
  store("runs", (load("runs") ?? 0) + 1);
  notify("n2");
  return "ends"`;

const firstTexts = ["begins", "e", "no", LARGE, "ends"];

/** What every eventful turn comes to. */
export const expectedAccount: Account = {
  answers: [
    { type: "result", texts: firstTexts },
    { type: "yielded", texts: ["y"] },
    "taken back",
    { type: "result", texts: ["z"] },
    { type: "terminated", texts: ["t"] },
    { type: "terminated", texts: [] },
    { type: "result", texts: ["l"] },
    "unknown_tool",
    "0 cells",
  ],
  streamed: firstTexts,
  started: 4,
  calls: ["echo e", "fail f", "hold 2", "hold 3", "late l"],
  cancelled: ["3"],
  notified: ["n1", "n2"],
  events: ["1 taken", "2 finished", "2 taken", "3 taken", "4 taken"],
  stored: { seed: 1, runs: 1 },
  errors: [],
};

/** Where a turn connects. */
interface Where {
  readonly url: string;
  readonly token: string;
  readonly subprotocol?: Subprotocol | undefined;
}

/** A turn of the SDK in which each kind of frame is sent at least once, in both directions. It ends its session. */
export class EventfulTurn {
  readonly answers: Account["answers"] = [];
  readonly streamed: string[] = [];
  readonly calls: string[] = [];
  readonly cancelled: string[] = [];
  readonly notified: string[] = [];
  readonly errors: string[] = [];
  /** Whether no frame was missed, as far as the SDK says. */
  isComplete = true;
  /** In the order in which they were said to have started. */
  readonly #cells: string[] = [];
  readonly #events: { readonly cellId: string; readonly what: string }[] = [];
  readonly #held = new Map<string, () => void>();
  readonly #checks = new Set<() => void>();
  readonly #tools: Tools = {
    echo: this.#tool("echo", (input) => input),
    fail: this.#tool("fail", () => {
      throw new Error("no");
    }),
    hold: this.#tool("hold", (input, { signal }) => {
      signal.addEventListener("abort", () => {
        if (signal.reason instanceof ToolCancelledError) this.cancelled.push(input);
      });
      return new Promise<void>((resolve) => this.#held.set(input, resolve));
    }),
  };

  /** Resolves when the turn has ended its session, with the session's id, the stored values, and how the turn was closed. */
  async run(where: Where): Promise<{ sessionId: string; stored: object; closeCode: number }> {
    const turn = await this.#connect(where);
    await turn.replaceStoredValues({ seed: 1 });
    await this.#runFirst(turn);
    await this.#yieldAndWait(turn);
    await this.#terminate(turn);
    await this.#declareTools(turn);
    const refused = await turn.run("1", { tools: ["none"] }).catch((error: unknown) => error);
    this.answers.push(refused instanceof RequestError ? refused.code : String(refused));
    this.answers.push(`${(await turn.listCells()).length} cells`);
    const stored = await turn.storedValues();
    await turn.endSession();
    return { sessionId: turn.session.id, stored, closeCode: (await turn.closed).code };
  }

  /** What it came to. `stored` is what {@link run} gives. */
  account(stored: object): Account {
    const { answers, streamed, calls, cancelled, notified, errors } = this;
    const events = this.#events.map(({ cellId, what }) => `${this.#cells.indexOf(cellId) + 1} ${what}`);
    return { answers, streamed, started: this.#cells.length, calls, cancelled, notified, events, stored, errors };
  }

  /** The first connection is tried once by the SDK: whoever wants more tries again. */
  async #connect({ url, token, subprotocol }: Where): Promise<Turn> {
    const options: ConnectOptions = {
      token,
      subprotocol,
      tools: this.#tools,
      connectTimeoutMs: 3_000,
      reconnect: { baseMs: 5, capMs: 20 },
      onNotify: ({ text }) => void this.notified.push(text),
      onCellFinished: ({ cellId }) => this.#heard(cellId, "finished"),
      onCellClosed: ({ cellId, reason }) => this.#heard(cellId, reason),
      onError: (error) => this.errors.push(String(error)),
      onState: (event) => {
        if (event.state === "resumed" && !event.complete) this.isComplete = false;
        this.#check();
      },
    };
    for (let tries = 1; ; tries++) {
      try {
        return await connect(url, options);
      } catch (error) {
        if (tries === 5 || !(error instanceof ConnectionError && error.retryable)) throw error;
      }
    }
  }

  async #runFirst(turn: Turn): Promise<void> {
    const onContent = (items: Outcome["content"]) => void this.streamed.push(...textsOf(items));
    await this.#answered(turn.run(FIRST, { onContent, onStarted: this.#started }));
  }

  async #yieldAndWait(turn: Turn): Promise<void> {
    const source = `text("y"); await tools.hold("2"); text("z")`;
    const outcome = turn.execute(source, { yieldMs: null, onStarted: this.#started });
    const { cellId, release } = await this.#holding(2);
    turn.yieldNow(cellId);
    await this.#answered(outcome);
    const controller = new AbortController();
    const wait = turn.wait(cellId, { yieldMs: null, signal: controller.signal });
    await turn.ping();
    controller.abort("taken back");
    this.answers.push(String(await wait.catch((reason: unknown) => reason)));
    release();
    await this.#until(cellId, "finished");
    await this.#answered(turn.wait(cellId, { yieldMs: null }));
  }

  async #terminate(turn: Turn): Promise<void> {
    const source = `store("lost", 1); text("t"); await tools.hold("3")`;
    const outcome = turn.execute(source, { yieldMs: null, onStarted: this.#started });
    const { cellId } = await this.#holding(3);
    const terminated = turn.terminate(cellId);
    await this.#answered(outcome);
    await this.#answered(terminated);
  }

  async #declareTools(turn: Turn): Promise<void> {
    await turn.setTools({ ...this.#tools, late: this.#tool("late", (input) => input) });
    await this.#answered(turn.run(`return await tools.late("l")`, { onStarted: this.#started }));
  }

  #tool(name: string, run: (input: string, context: ToolContext) => unknown): Tools[string] {
    return {
      description: "",
      run: (input: string, context: ToolContext) => {
        this.calls.push(`${name} ${input}`);
        const result = run(input, context);
        this.#check();
        return result;
      },
    };
  }

  readonly #started = (cellId: string) => {
    this.#cells.push(cellId);
    this.#check();
  };

  /** A cell that was answered to its end is closed soon. */
  async #answered(answer: Promise<Outcome>): Promise<void> {
    const { type, error, cellId, content } = await answer;
    this.answers.push({ type: error?.code ?? type, texts: textsOf(content) });
    if (type !== "yielded") await this.#until(cellId, "taken");
  }

  #heard(cellId: string, what: string): void {
    this.#events.push({ cellId, what });
    this.#check();
  }

  /** Resolves when the n-th cell has started and has called `hold`. Where frames were missed, the call may come first. */
  async #holding(count: number): Promise<{ cellId: string; release: () => void }> {
    for (;;) {
      const cellId = this.#cells[count - 1];
      const release = this.#held.get(String(count));
      if (cellId !== undefined && release) return { cellId, release };
      await this.#change();
    }
  }

  /** Resolves when this was heard of a cell. Once frames were missed, nobody can wait for that. */
  async #until(cellId: string, what: string): Promise<void> {
    const isHeard = () => this.#events.some((event) => event.cellId === cellId && event.what === what);
    while (this.isComplete && !isHeard()) await this.#change();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#checks.add(resolve));
  }

  #check(): void {
    for (const check of this.#checks) check();
    this.#checks.clear();
  }
}
