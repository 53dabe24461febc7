import type { CellError } from "../protocol/error-codes.ts";
import type { Limits } from "../protocol/limits.ts";
import type { CellClosedReason } from "../protocol/server-frames.ts";
import type { Cell } from "./cell.ts";
import { ClosedCells } from "./closed-cells.ts";
import type { CancelTimer, Clock } from "./clock.ts";

/** What a session wants to hear of its cells. */
interface CellsListener {
  /** The cell ended and nobody took its outcome. */
  unread(cell: Cell): void;
  /** The last thing that is said of a cell (rule C13). */
  closed(cell: Cell, reason: CellClosedReason): void;
}

type CellsLimits = Pick<Limits, "outcomesPerSession" | "outcomeTtlMs" | "closedCells">;

/** The cells of a session, live and ended, until their outcomes are taken or expire (rule C7). */
export class Cells {
  readonly #limits: CellsLimits;
  readonly #clock: Clock;
  readonly #listener: CellsListener;
  readonly #cells = new Map<string, Cell>();
  /** Of the outcomes that nobody has taken. */
  readonly #expiries = new Map<Cell, CancelTimer>();
  /** Those that have ended, in that order, however often their outcomes were sent and lost since. */
  readonly #ended = new Set<Cell>();
  readonly #closed: ClosedCells;

  constructor(limits: CellsLimits, clock: Clock, listener: CellsListener) {
    this.#limits = limits;
    this.#clock = clock;
    this.#listener = listener;
    this.#closed = new ClosedCells(limits.closedCells);
  }

  add(cell: Cell): void {
    this.#cells.set(cell.cellId, cell);
  }

  all(): Cell[] {
    return [...this.#cells.values()];
  }

  live(): Cell[] {
    return this.all().filter((cell) => cell.isLive);
  }

  /** The cells that can be asked for: those whose outcome has not been sent. */
  present(): Cell[] {
    return this.all().filter(isPresent);
  }

  /** How many ended with an outcome that nobody has taken. */
  get unread(): number {
    return this.#expiries.size;
  }

  /** The cell, if it can be asked for. */
  find(cellId: string): Cell | undefined {
    const cell = this.#cells.get(cellId);
    return cell && isPresent(cell) ? cell : undefined;
  }

  /** What is said of a cell that cannot be asked for (rule C8). */
  notFound(cellId: string): CellError {
    const reason = this.#cells.has(cellId) ? "already_taken" : this.#closed.reasonFor(cellId);
    return { code: "cell_not_found", message: `exec cell ${cellId} not found`, reason };
  }

  /** Keeps an outcome that nobody took, for a time; past the bound the oldest expires. */
  keep(cell: Cell): void {
    this.#ended.add(cell);
    this.#stopExpiry(cell);
    const cancel = this.#clock.after(this.#limits.outcomeTtlMs, () => this.#expire(cell));
    this.#expiries.set(cell, cancel);
    this.#listener.unread(cell);
    if (this.#expiries.size > this.#limits.outcomesPerSession) this.#dropOldest();
  }

  /** The outcome is on its way to a waiter. */
  answered(cell: Cell): void {
    this.#ended.add(cell);
    this.#stopExpiry(cell);
  }

  close(cell: Cell, reason: CellClosedReason): void {
    this.#stopExpiry(cell);
    this.#ended.delete(cell);
    this.#cells.delete(cell.cellId);
    this.#closed.add(cell.cellId, reason);
    cell.close();
    this.#listener.closed(cell, reason);
  }

  closeAll(reason: CellClosedReason): void {
    for (const cell of this.all()) this.close(cell, reason);
  }

  #stopExpiry(cell: Cell): void {
    this.#expiries.get(cell)?.();
    this.#expiries.delete(cell);
  }

  /** By when they ended, not by when they became unread: what a turn had not acknowledged comes back the last first. */
  #dropOldest(): void {
    for (const cell of this.#ended) if (this.#expiries.has(cell)) return this.close(cell, "expired");
  }

  #expire(cell: Cell): void {
    if (cell.phase === "finished") this.close(cell, "expired");
  }
}

function isPresent(cell: Cell): boolean {
  return cell.isLive || cell.phase === "finished";
}
