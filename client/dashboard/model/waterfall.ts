import type { CallRecord, CellPhase, CellRecord } from "./cell-record.ts";

/** A row of the waterfall: a cell, or beneath it one of its calls. */
export type WaterfallRow =
  | { readonly type: "cell"; readonly cell: CellRecord; readonly isOpen: boolean }
  | { readonly type: "call"; readonly cell: CellRecord; readonly call: CallRecord };

/** Which cells the waterfall shows. */
export interface WaterfallFilter {
  /** In lower case; part of the id, the `toolCallId`, the source, the error or the name of a tool. */
  readonly text: string;
  readonly phase?: CellPhase | undefined;
}

/**
 * The rows of cells of which some are opened to show their calls. Rows are found by their number without a list of all
 * of them: a cell may have very many calls.
 */
export class Waterfall {
  readonly count: number;
  readonly #cells: readonly CellRecord[];
  /** For each open cell the number of its row, and where it stands among the cells; in order. */
  readonly #opened: { readonly row: number; readonly index: number; readonly cell: CellRecord }[] = [];

  constructor(cells: readonly CellRecord[], open: ReadonlySet<string>) {
    this.#cells = cells;
    let extra = 0;
    if (open.size > 0) {
      cells.forEach((cell, index) => {
        if (!open.has(cell.cellId)) return;
        this.#opened.push({ row: index + extra, index, cell });
        extra += cell.calls.length;
      });
    }
    this.count = cells.length + extra;
  }

  row(row: number): WaterfallRow | undefined {
    const before = this.#opened.findLast((opened) => opened.row <= row);
    if (!before) return this.#cellRow(row, false);
    const call = row - before.row - 1;
    if (call < 0) return this.#cellRow(before.index, true);
    const { calls } = before.cell;
    const record = call < calls.length ? calls.at(calls.first + call) : undefined;
    if (record) return { type: "call", cell: before.cell, call: record };
    return this.#cellRow(before.index + row - before.row - calls.length, false);
  }

  /** The row of a cell; -1: it is not shown. */
  rowOf(cellId: string): number {
    const index = this.#cells.findIndex((cell) => cell.cellId === cellId);
    if (index < 0) return -1;
    const before = this.#opened.findLast((opened) => opened.index < index);
    return before ? before.row + before.cell.calls.length + index - before.index : index;
  }

  #cellRow(index: number, isOpen: boolean): WaterfallRow | undefined {
    const cell = this.#cells[index];
    return cell && { type: "cell", cell, isOpen };
  }
}

/** The cells that a filter lets through. */
export function filterCells(cells: readonly CellRecord[], { text, phase }: WaterfallFilter): readonly CellRecord[] {
  if (text === "" && phase === undefined) return cells;
  return cells.filter((cell) => (phase === undefined || cell.phase === phase) && hasText(cell, text));
}

function hasText(cell: CellRecord, text: string): boolean {
  if (text === "") return true;
  const texts = [cell.cellId, cell.toolCallId, cell.error?.code, cell.error?.message, cell.source];
  if (texts.some((candidate) => candidate?.toLowerCase().includes(text))) return true;
  for (const { tool } of cell.calls) if (tool.toLowerCase().includes(text)) return true;
  return false;
}
