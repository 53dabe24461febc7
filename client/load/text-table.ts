/** Rows under their heads, aligned: the first column to the left, as it is text, the others to the right. */
export function textTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(...[head, ...rows].map((row) => widthOf(row[column] ?? title))));
  const line = (row: readonly string[]): string => {
    const cells = widths.map((width, column) => {
      const cell = row[column] ?? "";
      const space = " ".repeat(width - widthOf(cell));
      return column === 0 ? cell + space : space + cell;
    });
    return cells.join("  ").trimEnd();
  };
  return [head, ...rows].map(line).join("\n");
}

function widthOf(text: string): number {
  return Array.from(text).length;
}
