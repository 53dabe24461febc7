import type { CellEnd, PutOut, RunningCell } from "../executor/executor.ts";
import { type CellError, executorLost } from "../protocol/error-codes.ts";
import type { CellEnding } from "../protocol/observed-events.ts";
import type { CellState, CellUsage } from "../protocol/values.ts";
import type { CancelTimer, Clock } from "./clock.ts";
import type { Output } from "./output.ts";
import { Usage } from "./usage.ts";
import type { Answer, Receipt, Waiter } from "./waiter.ts";

/** `answered`: the outcome was sent and waits for its acknowledgement (rule C6). */
type Phase = CellState | "answered" | "closed";

type Outcome = Pick<Answer, "kind" | "error" | "usage">;

/** What a {@link Cell} needs to know from the start. */
export interface CellOptions {
  readonly cellId: string;
  readonly toolCallId?: string | undefined;
  readonly maxWallMs: number;
  readonly clock: Clock;
  readonly output: Output;
  /** The outcome is there and nobody takes it: on the end without a waiter, and when an answer was lost. */
  onUnread(cell: Cell): void;
  /** The outcome is on its way to a waiter. */
  onAnswered(cell: Cell): void;
  /** The outcome was taken: the cell is over. */
  onTaken(cell: Cell): void;
}

/**
 * One execution of a source, seen from the session: phase, waiter, content and outcome (rules C1 to C13). It is a plain
 * state machine; events, commands and timers are method calls.
 *
 * ```
 * queued ─started─▶ running ─terminate, limit─▶ terminating ─ended─┐
 *    │                 └──────────────ended──────────────────────┐ │
 *    └─ended─────────────────────────────────────────────────▶ finished ◀─lost─┐
 *                                                                  └─answer─▶ answered ─acknowledged─▶ closed
 * ```
 */
export class Cell {
  readonly cellId: string;
  readonly toolCallId: string | undefined;
  /** What it uses, as it is told. */
  readonly usage: Usage;
  readonly #options: CellOptions;
  readonly #startedAt: number;
  #phase: Phase = "queued";
  #run: RunningCell | undefined;
  #waiter: Waiter | undefined;
  #terminator: Waiter | undefined;
  #outcome: Outcome | undefined;
  #limitError: CellError | undefined;
  #onGone: (() => void)[] = [];
  #cancelYield: CancelTimer = noTimer;
  #cancelWall: CancelTimer = noTimer;

  constructor(options: CellOptions) {
    this.cellId = options.cellId;
    this.toolCallId = options.toolCallId;
    this.usage = new Usage(options.clock);
    this.#options = options;
    this.#startedAt = options.clock.now();
  }

  get phase(): Phase {
    return this.#phase;
  }

  get isLive(): boolean {
    return this.#phase === "queued" || this.#phase === "running" || this.#phase === "terminating";
  }

  get ageMs(): number {
    return this.#options.clock.now() - this.#startedAt;
  }

  get unreadBytes(): number {
    return this.#options.output.bytes;
  }

  /** Whether its writes are discarded at the end: only a termination that was asked for does that (rule V2). */
  get discardsWrites(): boolean {
    return this.#phase === "terminating" && this.#limitError === undefined;
  }

  /** The cell was accepted: it runs, or waits for its place. */
  runs(run: RunningCell): void {
    this.#run = run;
  }

  /** Makes `waiter` the one that the next answer goes to; it may be answered at once. False: there is one (rule C9). */
  attach(waiter: Waiter): boolean {
    if (this.#waiter) return false;
    this.#waiter = waiter;
    if (this.#phase === "finished") this.#answerOutcome();
    else if (waiter.yieldMs === 0) this.yieldNow();
    else {
      this.flush();
      this.#armYield();
    }
    return true;
  }

  isAwaitedBy(owner: object, id: number): boolean {
    return this.#waiter?.owner === owner && this.#waiter.id === id;
  }

  /** Forgets the waiter `id` of `owner`, or all of `owner`'s, without an answer. Returns whether there was one. */
  detach(owner: object, id?: number): boolean {
    const theirs = (waiter: Waiter | undefined) => waiter?.owner === owner && (id === undefined || waiter.id === id);
    if (id === undefined && theirs(this.#terminator)) this.#terminator = undefined;
    if (!theirs(this.#waiter)) return false;
    this.#dropWaiter();
    return true;
  }

  /** Answers the waiter with `yielded` (rules C3, C4, C10). Without one nothing happens. */
  yieldNow(): void {
    const waiter = this.#dropWaiter();
    if (waiter) this.#answer(waiter, { kind: "yielded" });
  }

  /** Stops the cell; `terminator` is answered when the isolate is gone. False: another one waits for that (rule C11). */
  terminate(terminator?: Waiter): boolean {
    if (this.#phase === "finished") {
      this.#waiter = terminator;
      this.#answerOutcome();
      return true;
    }
    if (this.#phase === "terminating" && this.#terminator) return false;
    this.#terminator = terminator;
    if (this.#phase !== "terminating") this.#stop();
    return true;
  }

  /**
   * Stops the cell for somebody who leaves its outcome to others, and calls back when its isolate is gone (rule C11): at
   * once, if it is already.
   */
  kill(onGone: () => void): void {
    if (!this.isLive) return onGone();
    this.#onGone.push(onGone);
    if (this.#phase !== "terminating") this.#stop();
  }

  /** Stops the cell with an error of its own: it hit a limit. */
  exceed(error: CellError): void {
    if (this.#phase === "terminating") return;
    this.#limitError = error;
    this.#stop();
  }

  /** Event: the code runs now. */
  started(agoMs = 0): void {
    if (this.#phase !== "queued") return;
    this.#phase = "running";
    this.usage.started(agoMs);
    const { clock, maxWallMs } = this.#options;
    this.#cancelWall = clock.after(maxWallMs, () =>
      this.exceed({ code: "wall_limit", message: `exec cell ran longer than ${maxWallMs} ms`, limit: "maxWallMs" }),
    );
    this.#armYield();
  }

  /** Event: the code put something out. */
  content(item: PutOut): void {
    this.#options.output.add(item);
  }

  /** Hands streaming waiters what has come (rule O3). Called once a batch of events, and when the waiter takes again. */
  flush(): void {
    const { output } = this.#options;
    if (!this.#waiter?.stream || !this.#waiter.takes || output.isEmpty) return;
    const content = output.take();
    this.#waiter.content({ cellId: this.cellId, content, receipt: this.#receipt(content, false) });
  }

  /** Event: the isolate is gone. `writesError` says what was wrong with the writes of a cell that was fine otherwise. */
  ended(end: CellEnd, writesError?: CellError): void {
    this.#cancelWall();
    this.#cancelYield();
    // It holds what the cell started from, which may be large, while its outcome may wait for long.
    this.#run = undefined;
    const usage = this.usage.total();
    if (this.discardsWrites) this.#outcome = { kind: "terminated", usage };
    else this.#outcome = { kind: "result", error: this.#limitError ?? errorOf(end) ?? writesError, usage };
    this.#phase = "finished";
    this.#answerOutcome();
    for (const onGone of this.#onGone.splice(0)) onGone();
  }

  /** The outcome is dropped: nobody took it in time (rule C7). */
  close(): void {
    this.#phase = "closed";
    this.#cancelWall();
    this.#cancelYield();
    this.#options.output.discard();
  }

  get ok(): boolean {
    return this.ending === "ok";
  }

  /** How it ended. Undefined while it is live. */
  get ending(): CellEnding | undefined {
    if (!this.#outcome) return undefined;
    const { kind, error } = this.#outcome;
    return kind === "terminated" ? kind : (error?.code ?? "ok");
  }

  /** What went wrong with it. Undefined while it is live, and where nothing did. */
  get error(): CellError | undefined {
    return this.#outcome?.error;
  }

  /** What it used. Undefined while it is live, and where it never ran. */
  get used(): CellUsage | undefined {
    return this.#outcome?.usage;
  }

  #stop(): void {
    this.#phase = "terminating";
    this.#cancelYield();
    this.#cancelWall();
    this.#run?.terminate();
  }

  /** The outcome goes to the waiter, or to the terminator where there is none; it stays unread without either. */
  #answerOutcome(): void {
    const waiter = this.#dropWaiter();
    const terminator = this.#terminator;
    this.#terminator = undefined;
    const outcome = this.#outcome;
    const taker = waiter ?? terminator;
    if (!outcome || !taker) return this.#options.onUnread(this);
    this.#phase = "answered";
    this.#options.onAnswered(this);
    this.#answer(taker, outcome);
    if (terminator && terminator !== taker) {
      terminator.answer({ ...outcome, cellId: this.cellId, content: [], receipt: undefined });
    }
  }

  #answer(waiter: Waiter, outcome: Outcome): void {
    const content = this.#options.output.take();
    const receipt = this.#receipt(content, outcome.kind !== "yielded");
    waiter.answer({ ...outcome, cellId: this.cellId, content, receipt });
  }

  #receipt(items: readonly PutOut[], withOutcome: boolean): Receipt {
    return {
      taken: () => {
        this.#options.output.release(items);
        if (withOutcome && this.#phase !== "closed") this.#options.onTaken(this);
      },
      lost: () => {
        if (this.#phase === "closed") return this.#options.output.release(items);
        this.#options.output.putBack(items);
        if (!withOutcome) return;
        this.#phase = "finished";
        this.#options.onUnread(this);
      },
    };
  }

  #dropWaiter(): Waiter | undefined {
    const waiter = this.#waiter;
    this.#waiter = undefined;
    this.#cancelYield();
    return waiter;
  }

  /** The yield time counts from when the cell runs (rule C3). */
  #armYield(): void {
    const yieldMs = this.#waiter?.yieldMs ?? null;
    if (this.#phase !== "running" || yieldMs === null) return;
    this.#cancelYield = this.#options.clock.after(yieldMs, () => this.yieldNow());
  }
}

function noTimer(): void {}

function errorOf(end: CellEnd): CellError | undefined {
  if (end.how === "failed") return end.error;
  if (end.how === "finished") return undefined;
  return executorLost;
}
