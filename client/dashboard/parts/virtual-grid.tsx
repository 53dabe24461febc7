import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useLayoutEffect, useRef } from "preact/hooks";
import { listWindow, rowAfterKey, scrollToShow } from "../model/list-window.ts";

/** A column of a {@link VirtualGrid}. */
export interface GridColumn {
  readonly label: ComponentChildren;
  readonly class?: string | undefined;
  /** Where the grid is in the order of this column. */
  readonly sort?: "ascending" | "descending" | undefined;
}

/** What {@link VirtualGrid} shows. */
interface VirtualGridProps {
  /** What the rows are, for who does not see them. */
  readonly label: string;
  /** The class gives the widths of the columns, as `--columns`. */
  readonly class: string;
  readonly columns: readonly GridColumn[];
  readonly count: number;
  readonly rowKey: (row: number) => string | number;
  /** What stands in the row, a cell for each column. */
  readonly cells: (row: number) => readonly ComponentChildren[];
  readonly rowClass?: ((row: number) => string) | undefined;
  /** For rows beneath others: how deep a row stands, and whether those beneath it are shown; undefined: there are none. */
  readonly rowPlace?: ((row: number) => { readonly level: number; readonly isOpen: boolean | undefined }) | undefined;
  /** The row that keys move from; -1: none. */
  readonly active: number;
  /** A row was chosen, by key or by pointer. */
  readonly onActive: (row: number) => void;
  /** A row was opened: clicked, or Enter pressed on it. */
  readonly onOpen?: ((row: number) => void) | undefined;
  /** Hears of keys that the grid does not know. */
  readonly onKey?: ((event: KeyboardEvent) => void) | undefined;
  /** Whether the newest row, at the bottom, stays in view. */
  readonly follows?: boolean | undefined;
  /** The reader scrolled away from the bottom, or back to it. */
  readonly onFollow?: ((follows: boolean) => void) | undefined;
  /** What lies beneath the rows. */
  readonly children?: ComponentChildren;
}

const ROW_HEIGHT = 28;
/** Of the head, which stays in view. */
const HEAD_HEIGHT = 32;

/** A list of very many rows, of which only those in view are drawn. Keys move through it as through any grid. */
export function VirtualGrid(props: VirtualGridProps) {
  const { label, columns, count, active, follows, onFollow } = props;
  const id = useId();
  const frame = useRef<HTMLDivElement>(null);
  const scrolled = useRef(0);
  const top = useSignal(0);
  const height = useSignal(600);

  useEffect(() => {
    const element = frame.current;
    if (!element) return undefined;
    const measure = new ResizeObserver(() => {
      height.value = element.clientHeight;
    });
    measure.observe(element);
    return () => measure.disconnect();
  }, [height]);

  useLayoutEffect(() => {
    if (follows && frame.current) frame.current.scrollTop = count * ROW_HEIGHT;
  }, [follows, count, height.value]);

  const roomForRows = height.value - HEAD_HEIGHT;
  useLayoutEffect(() => {
    const element = frame.current;
    if (!element || active < 0 || follows) return;
    const to = scrollToShow(active, ROW_HEIGHT, element.scrollTop, roomForRows);
    if (to !== undefined) element.scrollTop = to;
    // Only when another row becomes the active one, or its details take room beneath: whoever scrolls away from it may.
  }, [active, height.value]);

  const onScroll = () => {
    const element = frame.current;
    if (!element) return;
    top.value = element.scrollTop;
    const isAtBottom = element.scrollTop + element.clientHeight >= element.scrollHeight - 2;
    // Only a reader scrolls up: rows that are added only make the list longer.
    if (isAtBottom || element.scrollTop < scrolled.current) onFollow?.(isAtBottom);
    scrolled.current = element.scrollTop;
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(roomForRows / ROW_HEIGHT) - 1);
    const row = rowAfterKey(event.key, active, count, page);
    if (row !== undefined) {
      event.preventDefault();
      onFollow?.(false);
      props.onActive(row);
    } else if (event.key === "Enter" && active >= 0) props.onOpen?.(active);
    else props.onKey?.(event);
  };

  const { first, end } = listWindow(count, ROW_HEIGHT, top.value, roomForRows);
  const rows: ComponentChildren[] = [];
  for (let row = first; row < end; row++) rows.push(<Row key={props.rowKey(row)} id={id} row={row} grid={props} />);

  return (
    <div
      ref={frame}
      class={`grid ${props.class}`}
      role={props.rowPlace ? "treegrid" : "grid"}
      aria-label={label}
      aria-rowcount={count + 1}
      aria-activedescendant={active >= first && active < end ? `${id}-${active}` : undefined}
      tabIndex={0}
      onScroll={onScroll}
      onKeyDown={onKeyDown}
    >
      <div class="grid-head" role="rowgroup">
        <div class="grid-row" role="row" aria-rowindex={1}>
          {columns.map((column, index) => (
            <div key={index} role="columnheader" class={column.class} aria-sort={column.sort}>
              {column.label}
            </div>
          ))}
        </div>
      </div>
      <div class="grid-body" role="rowgroup" style={{ height: `${count * ROW_HEIGHT}px` }}>
        {props.children}
        {rows}
      </div>
    </div>
  );
}

function Row({ id, row, grid }: { readonly id: string; readonly row: number; readonly grid: VirtualGridProps }) {
  const isActive = row === grid.active;
  const place = grid.rowPlace?.(row);
  return (
    <div
      id={`${id}-${row}`}
      class={`grid-row ${grid.rowClass?.(row) ?? ""}`}
      role="row"
      aria-rowindex={row + 2}
      aria-selected={isActive}
      aria-level={place?.level}
      aria-expanded={place?.isOpen}
      style={{ transform: `translateY(${row * ROW_HEIGHT}px)` }}
      onClick={() => {
        grid.onActive(row);
        grid.onOpen?.(row);
      }}
    >
      {grid.cells(row).map((cell, index) => (
        <div key={index} role="gridcell" class={grid.columns[index]?.class}>
          {cell}
        </div>
      ))}
    </div>
  );
}
