import type { AnnouncedLimits } from "../src/protocol/limits.ts";
import type { WelcomeFrame } from "../src/protocol/server-frames.ts";
import type { CellStatus, JsonValue, ToolDefinition } from "../src/protocol/values.ts";
import { untilAborted } from "./abort.ts";
import { CellRequest, type CellRequestListener } from "./cell-request.ts";
import type { Channel } from "./channel.ts";
import { type ClientLimits, limitsInForce } from "./client-limits.ts";
import type { Closure } from "./closure.ts";
import { Connection } from "./connection.ts";
import { RequestError, SessionLostError } from "./errors.ts";
import { HostSide } from "./host-side.ts";
import type { Outcome } from "./outcome.ts";
import { type Answer, PlainRequest, type PlainTag } from "./plain-request.ts";
import { Reporter } from "./reporter.ts";
import { assertSource, storedValuesToSend, toolsToSend } from "./request-value.ts";
import type { RequestFrame } from "./requests.ts";
import type { StateEvent, States, TurnState } from "./states.ts";
import { definitionsOf, ToolHost, type Tools } from "./tools.ts";
import type {
  ExecuteOptions,
  RequestOptions,
  RunOptions,
  SessionAccess,
  TurnOptions,
  WaitOptions,
} from "./turn-options.ts";

/**
 * One turn of an agent on a session of a gateway. It asks for cells, and answers their tool calls.
 *
 * A connection that is lost is made again, unless `reconnect` says otherwise: what was asked is answered then, and what is
 * asked meanwhile waits. {@link Turn.closed} tells when the turn is over.
 *
 * Every method that asks the gateway rejects with a {@link RequestError} where it is refused, an {@link UnsentError} where
 * the request is over a limit, a {@link ConnectionError} when the turn is over ({@link SessionLostError} where the session
 * went with it), and the signal's reason when `signal` is aborted. What a cell's code does wrong is no rejection: it is
 * `outcome.error`.
 */
export class Turn implements AsyncDisposable {
  /** Lets a later turn attach to the same session: `connect(url, { session, … })`. Its token is a secret. */
  readonly session: SessionAccess;
  /** Counts the session's turns, from 1. */
  readonly turn: number;
  /** What the gateway allows, by the names in protocol.md. */
  readonly limits: AnnouncedLimits;
  /** The session's cells when this turn began. */
  readonly cells: readonly CellStatus[];
  /** How the turn ended; a connection that is lost and made again is no end. Never rejects. */
  readonly closed: Promise<Closure>;
  readonly #limits: ClientLimits;
  readonly #toolHost: ToolHost | undefined;
  readonly #reporter: Reporter;
  readonly #states: States;
  readonly #connection: Connection;

  /** Takes over `channel`, which has just brought `welcome`. */
  constructor(channel: Channel, welcome: WelcomeFrame, options: TurnOptions) {
    const { host, onError, states } = options;
    this.session = { id: welcome.sessionId, token: welcome.sessionToken };
    this.turn = welcome.turn;
    this.limits = welcome.limits;
    this.cells = welcome.cells;
    this.#limits = limitsInForce(welcome.limits);
    this.#toolHost = host instanceof ToolHost ? host : undefined;
    this.#reporter = new Reporter(onError);
    const hostSide = new HostSide({
      host,
      events: options,
      limits: this.#limits,
      reporter: this.#reporter,
      send: (answer) => this.#connection.answer(answer),
    });
    this.#states = states;
    this.#connection = new Connection(channel, welcome, { ...options, listener: hostSide });
    this.closed = this.#connection.closed;
  }

  /** Where the connection stands. */
  get state(): TurnState {
    return this.#states.latest.state;
  }

  /**
   * The latest event of the connection, then each that follows, up to `closed`. A reader that is more than 100 events
   * behind misses the oldest of them.
   */
  states(): AsyncGenerator<StateEvent, void, undefined> {
    return this.#states.follow();
  }

  /**
   * Starts a cell, and resolves when it ends, yields by itself or by `yieldMs` (then `wait` goes on). Aborting `signal`
   * terminates the cell, whose outcome is lost.
   */
  async execute(source: string, options: ExecuteOptions = {}): Promise<Outcome> {
    const { signal, onContent, onStarted, yieldMs, toolCallId, tools, maxWallMs, traceparent } = options;
    signal?.throwIfAborted();
    assertSource(source, this.#limits);
    const request = new CellRequest("execute", undefined, {
      onContent: this.#contentListener(options, signal),
      onStarted: (cellId) => {
        if (signal?.aborted) this.#stop(cellId);
        else this.#reporter.run(() => onStarted?.(cellId));
      },
    });
    const enabled = tools && [...tools];
    const stream = onContent && true;
    const id = this.#connection.ask(
      { type: "execute", source, toolCallId, tools: enabled, yieldMs, stream, maxWallMs, traceparent },
      request,
    );
    return untilAborted(request.outcome, signal, () => {
      if (!this.#connection.withdraw(id)) this.#abandon(request);
    });
  }

  /**
   * Resolves with the cell's next answer: when it ends or yields, or at once if it has ended; an unknown cell answers with
   * an `error` too (`cell_not_found`). Aborting `signal` takes the wait back without loss: what the cell has put out is for
   * the next wait. Where the answer is on its way already, it is resolved with nevertheless; a wait that was asked for
   * before the connection was lost knows that only when it is there again.
   */
  async wait(cellId: string, options: WaitOptions = {}): Promise<Outcome> {
    const { signal, onContent, yieldMs } = options;
    signal?.throwIfAborted();
    const request = new CellRequest("wait", cellId, { onContent: this.#contentListener(options) });
    const id = this.#connection.ask({ type: "wait", cellId, yieldMs, stream: onContent && true }, request);
    const cancel = () => {
      if (this.#connection.withdraw(id)) request.fail(signal?.reason as Error);
      else this.#connection.follow({ type: "cancel", id });
    };
    signal?.addEventListener("abort", cancel, { once: true });
    try {
      return await request.outcome;
    } catch (error) {
      if (error instanceof RequestError && error.code === "cancelled") signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener("abort", cancel);
    }
  }

  /**
   * Starts a cell and resolves when it is done, with all of its content, however often it yields in between. Aborting
   * `signal` terminates the cell. Where it rejects because the turn is over, the cell runs on for a later turn's `wait`, but
   * what it had yielded by then is gone with the rejection: who needs it all the same takes it from `onContent`.
   */
  async run(source: string, options: RunOptions = {}): Promise<Outcome> {
    let outcome = await this.execute(source, { ...options, yieldMs: null });
    while (outcome.type === "yielded") outcome = (await this.#goOn(outcome.cellId, options)).after(outcome.content);
    return outcome;
  }

  /**
   * Stops a cell, and resolves when its isolate is gone: with `terminated`, or with the outcome that it had by then.
   * Aborting `signal` does not take the termination back.
   */
  async terminate(cellId: string, { signal }: RequestOptions = {}): Promise<Outcome> {
    signal?.throwIfAborted();
    const request = new CellRequest("terminate", cellId);
    this.#connection.ask({ type: "terminate", cellId }, request);
    return untilAborted(request.outcome, signal);
  }

  /** Has this turn's pending `execute` or `wait` of the cell answered with `yielded` now. Does nothing without one. */
  yieldNow(cellId: string): void {
    const ids = this.#connection.pendingIds(
      (pending) => pending instanceof CellRequest && pending.isWaiter && pending.cellId === cellId,
    );
    for (const id of ids) this.#connection.follow({ type: "yield", id });
  }

  /**
   * Declares other tools for cells that start from now on, in the form that `connect` was given: `tools` with their
   * functions, or, for a `host`, definitions alone. Rejects with a `TypeError` for the other form.
   */
  async setTools(tools: Tools | readonly ToolDefinition[], options?: RequestOptions): Promise<void> {
    const toolHost = this.#toolHost;
    if (isList(tools) === (toolHost !== undefined)) {
      throw new TypeError(`setTools: expected ${toolHost ? "tools by their names" : "a list of definitions"}`);
    }
    const request = new PlainRequest("ok", () => {
      if (!isList(tools)) toolHost?.adopt(tools);
    });
    const definitions = toolsToSend(isList(tools) ? tools : definitionsOf(tools), this.#limits);
    await this.#ask({ type: "set_tools", tools: definitions }, request, options);
  }

  /** The session's cells whose outcome was not taken. */
  async listCells(options?: RequestOptions): Promise<CellStatus[]> {
    return (await this.#ask({ type: "list_cells" }, new PlainRequest("cells"), options)).cells;
  }

  /** What the session's cells stored. */
  async storedValues(options?: RequestOptions): Promise<{ [key: string]: JsonValue }> {
    return (await this.#ask({ type: "stored_values" }, new PlainRequest("stored_values"), options)).values;
  }

  /** Replaces all that the session's cells stored. Cells that run keep what they have. */
  async replaceStoredValues(values: { readonly [key: string]: unknown }, options?: RequestOptions): Promise<void> {
    const plain = storedValuesToSend(values, this.#limits);
    await this.#ask({ type: "replace_stored_values", values: plain }, new PlainRequest("ok"), options);
  }

  /** Resolves when the gateway has answered a sign of life. */
  async ping({ signal }: RequestOptions = {}): Promise<void> {
    signal?.throwIfAborted();
    return untilAborted(this.#connection.ping(), signal);
  }

  /** Closes the connection, in three seconds at most. The session and its cells live on, for a later turn to attach to. */
  async close(): Promise<void> {
    await this.#connection.close();
  }

  /**
   * Ends the session: its cells are terminated, its stored values forgotten, the connection closed. It is no failure to
   * find that the session has ended.
   */
  async endSession(options?: RequestOptions): Promise<void> {
    try {
      await this.#ask({ type: "end_session" }, new PlainRequest("ok"), options);
    } catch (error) {
      if (!(error instanceof SessionLostError)) throw error;
    }
    await this.close();
  }

  /** Like `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #ask<Tag extends PlainTag>(
    frame: RequestFrame,
    request: PlainRequest<Tag>,
    { signal }: RequestOptions = {},
  ): Promise<Answer<Tag>> {
    signal?.throwIfAborted();
    this.#connection.ask(frame, request);
    return untilAborted(request.answered, signal);
  }

  /** A wait of `run`: it goes on where `execute` yielded, and stops the cell when it is aborted. */
  async #goOn(cellId: string, options: RunOptions): Promise<Outcome> {
    const { signal, onContent } = options;
    if (signal?.aborted) this.#stop(cellId);
    signal?.throwIfAborted();
    const request = new CellRequest("wait", cellId, { onContent: this.#contentListener(options, signal) });
    this.#connection.ask({ type: "wait", cellId, yieldMs: null, stream: onContent && true }, request);
    return untilAborted(request.outcome, signal, () => this.#abandon(request));
  }

  /** Stops the cell of a request that was given up, unless it was answered. One that has not started is stopped when it has. */
  #abandon({ isPending, cellId }: CellRequest): void {
    if (isPending && cellId !== undefined) this.#stop(cellId);
  }

  /** Stops a cell that nobody wants to hear of again. */
  #stop(cellId: string): void {
    void this.terminate(cellId).catch(() => {});
  }

  /** `unless`: content that comes when this is aborted is not wanted. */
  #contentListener({ onContent }: WaitOptions, unless?: AbortSignal): CellRequestListener["onContent"] {
    if (!onContent) return undefined;
    return (items) => {
      if (!unless?.aborted) this.#reporter.run(() => onContent(items));
    };
  }
}

function isList(tools: Tools | readonly ToolDefinition[]): tools is readonly ToolDefinition[] {
  return Array.isArray(tools);
}
