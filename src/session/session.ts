import { nanoid } from "nanoid";
import type { CallAnswer } from "../executor/executor.ts";
import type { CellError } from "../protocol/error-codes.ts";
import type { ExecuteFrame } from "../protocol/client-frames.ts";
import type { SessionStatus } from "../protocol/observed-events.ts";
import type { CellStatus, JsonValue } from "../protocol/values.ts";
import type { ToolSet } from "../tools/tool-set.ts";
import { ByteBudget } from "./byte-budget.ts";
import { assertRoom, assertSource } from "./cell-entry.ts";
import { CellRun } from "./cell-run.ts";
import { statusOf } from "./cell-status.ts";
import { Cell } from "./cell.ts";
import { Cells } from "./cells.ts";
import { cellTool, enabledTools } from "./enabled-tools.ts";
import { HostLink } from "./host-link.ts";
import { Output } from "./output.ts";
import { RequestFailure } from "./request-failure.ts";
import type { SessionContext } from "./session-context.ts";
import type { SessionHost } from "./session-host.ts";
import { StoredValues, StoredValuesError, writesError } from "./stored-values.ts";
import type { Waiter } from "./waiter.ts";

/** Numbers of a session that observers see. */
type SessionFigures = Pick<SessionStatus, "liveCells" | "openCalls" | "unreadOutcomes" | "unreadBytes">;

/** One agent's thread: its cells, its stored values, and what they want of the host. It outlives turns. */
export class Session {
  readonly sessionId: string;
  readonly #context: SessionContext;
  readonly #cells: Cells;
  readonly #storedValues: StoredValues;
  readonly #link: HostLink;
  readonly #unread: ByteBudget;
  #turns = 0;
  /** Whether the latest turn is not over. */
  #hasTurn = false;
  /** Set once the session is being ended, and from then on. */
  #onEnded: (() => void) | undefined;

  constructor(sessionId: string, context: SessionContext) {
    const { limits, clock } = context;
    this.sessionId = sessionId;
    this.#context = context;
    this.#storedValues = new StoredValues(limits);
    this.#link = new HostLink(limits, clock);
    this.#unread = new ByteBudget(limits.unreadBytesPerSession);
    this.#cells = new Cells(limits, clock, {
      unread: (cell) => this.#link.host?.cellFinished(cell.cellId, cell.ok),
      closed: (cell, reason) => {
        if (reason === "expired") context.observer.hear({ type: "outcome_dropped", cellId: cell.cellId, sessionId });
        this.#link.host?.cellClosed(cell.cellId, reason);
      },
    });
  }

  get hasHost(): boolean {
    return this.#link.host?.connected ?? false;
  }

  /** The number of the latest turn. */
  get turns(): number {
    return this.#turns;
  }

  /** Calls that were offered and not answered: a new host is offered them again. */
  get openCalls(): string[] {
    return this.#link.offeredCalls;
  }

  /** Counts a new turn, and tells an older host that it is over. The new one is served from {@link serve} on. */
  openTurn(): number {
    const older = this.#link.host;
    if (older) {
      this.detach(older);
      older.takenOver();
    }
    this.endTurn();
    this.#turns += 1;
    this.#hasTurn = true;
    return this.#turns;
  }

  /** The latest turn is over: nobody comes back to it. */
  endTurn(): void {
    if (!this.#hasTurn) return;
    this.#hasTurn = false;
    this.#context.observer.hear({ type: "turn_ended", sessionId: this.sessionId, turn: this.#turns });
  }

  /** Makes `host` the session's only one, or says that it takes again what waits for it. */
  serve(host: SessionHost): void {
    this.#link.attach(host);
    for (const cell of this.#cells.live()) cell.flush();
  }

  /** The host is gone: its waiters are forgotten, everything else lives on. */
  detach(host: SessionHost): void {
    this.#link.detach(host);
    for (const cell of this.#cells.all()) cell.detach(host);
  }

  /**
   * Starts a cell (rule C1), or lets it wait for its place (rule B3), and returns its id. Throws {@link RequestFailure}.
   * Its events come later.
   */
  execute(request: ExecuteFrame, declared: ToolSet): string {
    const { limits, clock, liveCells, observer } = this.#context;
    assertSource(request.source, limits);
    const tools = enabledTools(request, declared);
    this.#admit();
    const cell = this.#createCell(request);
    const { sessionId } = this;
    const run = new CellRun({
      cell,
      source: request.source,
      tools,
      link: this.#link,
      limits,
      clock,
      observer,
      sessionId,
      turn: this.#turns,
      traceparent: request.traceparent,
      ended: (writes) => this.#commit(cell, writes),
      settled: () => this.#checkEnded(),
    });
    const { cellId } = cell;
    const accepted = { cellId, sessionId, source: request.source, tools: Array.from(tools, cellTool) };
    run.start((listener) => liveCells.start(accepted, () => this.#storedValues.snapshot(), listener));
    this.#cells.add(cell);
    return cellId;
  }

  /** The cell's next answer goes to `waiter`. Throws {@link RequestFailure}. */
  wait(cellId: string, waiter: Waiter): void {
    const cell = this.#cells.find(cellId);
    if (!cell) return this.#answerNotFound(cellId, waiter);
    if (!cell.attach(waiter)) {
      throw new RequestFailure("cell_busy", `another request already waits for exec cell ${cellId}`);
    }
  }

  /** Ends the cell; `waiter` is answered when its isolate is gone (rule C11). Throws {@link RequestFailure}. */
  terminate(cellId: string, waiter: Waiter): void {
    const cell = this.#cells.find(cellId);
    if (!cell) return this.#answerNotFound(cellId, waiter);
    if (!cell.terminate(waiter)) {
      throw new RequestFailure("cell_terminating", `exec cell ${cellId} is being terminated already`);
    }
    this.#link.cancelCell(cellId, "terminated");
  }

  /** Ends the cell, leaves its outcome to the host, and calls back when its isolate is gone. False: there is no such cell. */
  kill(cellId: string, onGone: () => void): boolean {
    const cell = this.#cells.find(cellId);
    if (!cell) return false;
    cell.kill(onGone);
    // As after any `terminate`; of a cell that had ended already there are none.
    this.#link.cancelCell(cellId, "terminated");
    return true;
  }

  /** Answers the cell's waiter with `yielded` now, if `id` of `owner` is the one (rule C10). */
  yieldNow(cellId: string, owner: object, id: number): void {
    const cell = this.#cells.find(cellId);
    if (cell?.isAwaitedBy(owner, id)) cell.yieldNow();
  }

  /** Forgets a pending wait without loss (rule C10). Returns whether it was pending. */
  cancelWait(cellId: string, owner: object, id: number): boolean {
    return this.#cells.find(cellId)?.detach(owner, id) ?? false;
  }

  /** The host's answer to a call; late, double and unknown ones are ignored (rule T6). */
  answerCall(callId: string, answer: CallAnswer): void {
    this.#link.answer(callId, answer);
  }

  get hasLiveCells(): boolean {
    return this.#cells.live().length > 0;
  }

  /** Terminates all live cells, as if each were asked to. */
  terminateCells(): void {
    for (const cell of this.#cells.live()) {
      this.#link.cancelCell(cell.cellId, "shutdown");
      cell.terminate();
    }
  }

  /** The cells whose outcome has not been sent. */
  listCells(): CellStatus[] {
    return this.#cells.present().map((cell) => statusOf(cell, this.#link));
  }

  /** How it stands, in numbers. */
  get figures(): SessionFigures {
    const { limits } = this.#context;
    return {
      liveCells: this.#cells.live().length,
      openCalls: this.#link.openCalls,
      unreadOutcomes: this.#cells.unread,
      unreadBytes: limits.unreadBytesPerSession - this.#unread.free,
    };
  }

  /** The stored values as JSON texts. */
  storedTexts(): ReadonlyMap<string, string> {
    return this.#storedValues.snapshot();
  }

  storedValues(): { [key: string]: JsonValue } {
    return this.#storedValues.toObject();
  }

  /** Replaces all stored values, or none. Throws {@link RequestFailure} (rule V6). */
  replaceStoredValues(values: { readonly [key: string]: JsonValue }): void {
    try {
      this.#tellValues(this.#storedValues.replace(values));
    } catch (error) {
      if (error instanceof StoredValuesError) throw new RequestFailure("bad_values", error.message);
      throw error;
    }
  }

  /**
   * Terminates all live cells and calls `onEnded` when they are gone. No cell starts from then on. Throws
   * {@link RequestFailure} the second time.
   */
  end(onEnded: () => void): void {
    if (this.#onEnded) throw new RequestFailure("ending", "the session is being ended already");
    this.terminateCells();
    // Only now: cells that waited for their places are gone already, and the first of them does not end the session.
    this.#onEnded = onEnded;
    this.#checkEnded();
  }

  #admit(): void {
    const { limits, liveCells, observer } = this.#context;
    if (this.#onEnded) throw new RequestFailure("ending", "the session is being ended");
    const retryAfterMs = this.#context.retryAfterMs();
    if (retryAfterMs !== undefined) {
      throw new RequestFailure("draining", "the gateway is going down", undefined, retryAfterMs);
    }
    const live = this.#cells.live();
    assertRoom({
      limits,
      liveCells,
      live: live.length,
      statuses: () => live.map((cell) => statusOf(cell, this.#link)),
      refused: (limit) => observer.hear({ type: "limit_hit", limit, sessionId: this.sessionId }),
    });
  }

  #createCell({ toolCallId, maxWallMs }: ExecuteFrame): Cell {
    const { limits, clock } = this.#context;
    return new Cell({
      cellId: nanoid(),
      toolCallId,
      maxWallMs: Math.min(maxWallMs ?? limits.maxWallMs, limits.maxWallMs),
      clock,
      output: new Output(limits, this.#unread),
      onUnread: (cell) => this.#cells.keep(cell),
      onAnswered: (cell) => this.#cells.answered(cell),
      onTaken: (cell) => this.#cells.close(cell, "taken"),
    });
  }

  /** The isolate is gone: writes are committed before the outcome is answered (rule C13). */
  #commit(cell: Cell, writes: ReadonlyMap<string, string>): CellError | undefined {
    if (cell.discardsWrites || writes.size === 0) return undefined;
    const refused = this.#storedValues.commit(writes);
    const stored = refused.size === 0 ? writes : new Map(writes.entries().filter(([key]) => !refused.has(key)));
    if (stored.size > 0) this.#tellValues(stored, cell.cellId);
    return writesError(refused);
  }

  #tellValues(writes: ReadonlyMap<string, string | null>, cellId?: string): void {
    this.#context.observer.hear({ type: "values_changed", sessionId: this.sessionId, cellId, writes });
  }

  #checkEnded(): void {
    const onEnded = this.#onEnded;
    if (!onEnded || this.#cells.live().length > 0) return;
    this.#cells.closeAll("session_ended");
    onEnded();
    this.#link.host?.sessionEnded();
    this.endTurn();
    this.#context.observer.hear({ type: "session_gone", sessionId: this.sessionId });
  }

  /** Rule C8: an answer, not a request error. */
  #answerNotFound(cellId: string, waiter: Waiter): void {
    const error = this.#cells.notFound(cellId);
    waiter.answer({ kind: "result", cellId, content: [], error, receipt: undefined });
  }
}
