import { connect, type ReconnectOptions, type StateEvent, type Subprotocol, type Turn } from "../../client/index.ts";

/** What {@link PageAgent.connect} takes: of the SDK's options what is JSON. */
export interface PageOptions {
  readonly reconnect?: ReconnectOptions | false;
  readonly subprotocol?: Subprotocol;
  readonly connectTimeoutMs?: number;
}

/** What a cell answered, as JSON. */
export interface PageOutcome {
  readonly type: string;
  readonly text: string;
  readonly error?: string | undefined;
}

/** An agent that runs in a page or a worker, and does what a test says. All that comes and goes is JSON. */
export class PageAgent {
  readonly #events: StateEvent[] = [];
  readonly #faults: string[] = [];
  readonly #calls: string[] = [];
  #turn: Turn | undefined;
  #outcome: Promise<PageOutcome> | undefined;
  #called = Promise.withResolvers<void>();
  #released = Promise.withResolvers<unknown>();

  /** Its tools are `add`, and `hold`, which answers when it is told to. */
  async connect(url: string, token: string, options: PageOptions = {}): Promise<void> {
    this.#turn = await connect(url, {
      token,
      ...options,
      onState: (event) => void this.#events.push(event),
      onError: (error) => void this.#faults.push(String(error)),
      tools: {
        add: { description: "", run: ({ a, b }: { a: number; b: number }) => a + b },
        hold: {
          description: "",
          run: (_, { callId }) => {
            this.#calls.push(callId);
            this.#called.resolve();
            return this.#released.promise;
          },
        },
      },
    });
  }

  /** Starts a cell. */
  start(source: string): void {
    this.#outcome = this.run(source);
  }

  /** The outcome of the cell that was started. */
  async outcome(): Promise<PageOutcome | undefined> {
    return this.#outcome;
  }

  async run(source: string): Promise<PageOutcome> {
    const { type, text, error } = await this.#opened.run(source);
    return { type, text, error: error?.code };
  }

  /** Resolves when `hold` was called. */
  async called(): Promise<void> {
    await this.#called.promise;
  }

  /** Has `hold` answer. */
  release(value: unknown): void {
    this.#released.resolve(value);
  }

  /** How often `hold` was called. */
  calls(): number {
    return this.#calls.length;
  }

  /** Resolves with the event when the connection is, or was since, in this state. */
  async until(state: StateEvent["state"]): Promise<StateEvent> {
    for await (const event of this.#opened.states()) if (event.state === state) return event;
    throw new Error(`the turn ended before it was ${state}`);
  }

  /** What became of the connection, and what the SDK reported: for the latter there is no reason. */
  told(): { events: StateEvent[]; faults: string[] } {
    return { events: this.#events, faults: this.#faults };
  }

  async close(): Promise<void> {
    await this.#turn?.close();
  }

  get #opened(): Turn {
    if (!this.#turn) throw new Error("the agent has not connected");
    return this.#turn;
  }
}
