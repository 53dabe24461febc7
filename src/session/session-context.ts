import type { Limits } from "../protocol/limits.ts";
import type { Clock } from "./clock.ts";
import type { LiveCells } from "./live-cells.ts";
import type { SessionObserver } from "./session-event.ts";

/** What sessions share. */
export interface SessionContext {
  readonly limits: Limits;
  readonly clock: Clock;
  readonly liveCells: LiveCells;
  readonly observer: SessionObserver;
  /** While the gateway goes down and no cell starts any more: milliseconds until another may take it. */
  readonly retryAfterMs: () => number | undefined;
}
