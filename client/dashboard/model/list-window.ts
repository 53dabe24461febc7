/** Rows that are drawn of a long list: from `first` up to `end`. */
export interface ListWindow {
  readonly first: number;
  readonly end: number;
}

/** Rows that are drawn beyond both edges, so that a quick scroll shows no gap. */
const BEYOND = 6;

/** The rows of a list that are to be drawn, for where it is scrolled to. All rows have one height. */
export function listWindow(count: number, rowHeight: number, scrollTop: number, height: number): ListWindow {
  const top = Math.floor(scrollTop / rowHeight) - BEYOND;
  const bottom = Math.ceil((scrollTop + height) / rowHeight) + BEYOND;
  const end = Math.min(count, Math.max(0, bottom));
  return { first: Math.min(Math.max(0, top), end), end };
}

/** Where to scroll to so that a row is seen as a whole; undefined: it is. */
export function scrollToShow(row: number, rowHeight: number, scrollTop: number, height: number): number | undefined {
  const top = row * rowHeight;
  if (top < scrollTop) return top;
  if (top + rowHeight > scrollTop + height) return top + rowHeight - height;
  return undefined;
}

/** The row that a key moves to; undefined: it moves nothing. */
export function rowAfterKey(key: string, row: number, count: number, page: number): number | undefined {
  const moves: { readonly [key: string]: number } = {
    ArrowDown: row + 1,
    ArrowUp: row - 1,
    PageDown: row + page,
    PageUp: row - page,
    Home: 0,
    End: count - 1,
  };
  const moved = moves[key];
  return moved === undefined || count === 0 ? undefined : Math.min(count - 1, Math.max(0, moved));
}
