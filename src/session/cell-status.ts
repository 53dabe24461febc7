import type { CellStatus } from "../protocol/values.ts";
import type { Cell } from "./cell.ts";
import type { HostLink } from "./host-link.ts";

/** How a cell that is present stands (rule B5). */
export function statusOf(cell: Cell, link: HostLink): CellStatus {
  return {
    cellId: cell.cellId,
    state: cell.phase as CellStatus["state"],
    ageMs: Math.round(cell.ageMs),
    openCalls: link.openCallsOf(cell.cellId),
    unreadBytes: cell.unreadBytes,
    ...cell.usage.figures,
    toolCallId: cell.toolCallId,
  };
}
