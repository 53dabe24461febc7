import type { LimitName, Limits } from "../protocol/limits.ts";
import type { CellStatus } from "../protocol/values.ts";
import type { LiveCells } from "./live-cells.ts";
import { RequestFailure } from "./request-failure.ts";

/** Throws a {@link RequestFailure} unless the source has code, and no more than it may. */
export function assertSource(source: string, { sourceBytes }: Pick<Limits, "sourceBytes">): void {
  if (source.trim() === "") throw new RequestFailure("empty_source", "execute.source: expected code, got none");
  const bytes = Buffer.byteLength(source);
  if (bytes > sourceBytes) {
    const message = `execute.source: expected at most ${sourceBytes} bytes (sourceBytes), got ${bytes}`;
    throw new RequestFailure("source_too_large", message);
  }
}

/** What {@link assertRoom} looks at. */
interface Room {
  readonly limits: Pick<Limits, "cellsPerSession" | "queuedCells">;
  readonly liveCells: LiveCells;
  /** How many of the session's own cells live. */
  readonly live: number;
  /** They themselves, for a refusal to name them. */
  readonly statuses: () => CellStatus[];
  /** Hears which limit is in the way. */
  readonly refused: (limit: LimitName) => void;
}

/** Throws a {@link RequestFailure} unless one more cell of the session may live (rule B3). */
export function assertRoom({ limits, liveCells, live, statuses, refused }: Room): void {
  const refusal = (limit: "cellsPerSession" | "queuedCells", message: string) => {
    refused(limit);
    return new RequestFailure("too_many_cells", message, statuses());
  };
  if (live >= limits.cellsPerSession) {
    const cells = `the session has ${live} live cells (cellsPerSession)`;
    throw refusal("cellsPerSession", `${cells}: wait for one, or terminate one`);
  }
  if (liveCells.isFull) {
    const queue = `the gateway's queue is full with ${limits.queuedCells} cells (queuedCells)`;
    throw refusal("queuedCells", `${queue}: try again later, or terminate a cell`);
  }
}
