/** Rows as a Markdown table, aligned. The first columns, one or so many, are text, the others are numbers. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], texts = 1): string {
  const widths = head.map((title, column) => Math.max(...[head, ...rows].map((row) => width(row[column] ?? title))));
  const line = (row: readonly string[]): string => {
    const cells = widths.map((wide, column) => {
      const cell = row[column] ?? "";
      const space = " ".repeat(wide - width(cell));
      return column < texts ? cell + space : space + cell;
    });
    return `| ${cells.join(" | ")} |`;
  };
  const rule = widths.map((wide, column) => (column < texts ? "-".repeat(wide) : `${"-".repeat(wide - 1)}:`));
  return [line(head), line(rule), ...rows.map(line)].join("\n");
}

/** Three significant digits, and thousands with commas. */
export function number(value: number): string {
  const digits = value === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toLocaleString("en", {
    minimumFractionDigits: Math.min(digits, 3),
    maximumFractionDigits: Math.min(digits, 3),
  });
}

function width(text: string): number {
  return Array.from(text).length;
}
