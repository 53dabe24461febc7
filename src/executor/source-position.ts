import type { CellError, CellErrorCode } from "../protocol/error-codes.ts";

/** The name under which a cell's source stands in stack traces. */
export const SOURCE_NAME = "cell.js";

interface Position {
  readonly line: number;
  readonly column: number;
}

/** What ends a line of JavaScript; V8 counts lines by it. */
const LINE_END = /\r\n|[\n\r\u2028\u2029]/;

/** Lines of source shown above and below the place of an error. */
const CONTEXT_LINES = 2;
/** Columns of a source line shown: a minified source has one line of a megabyte. */
const MAX_COLUMNS = 160;

/** An error of the cell's code with its place in the submitted source (rule J10). */
export function codeError(code: CellErrorCode, message: string, source: string, position?: Position): CellError {
  const lines = source.split(LINE_END);
  // A cell can throw what looks like a stack and is none.
  if (!position || position.column > (lines[position.line - 1]?.length ?? -1) + 1) return { code, message };
  return { code, message, ...position, frame: codeFrame(lines, position) };
}

/** The place of the innermost frame of the cell's source in a stack. */
export function positionInStack(stack: string): Position | undefined {
  return positionOf(/\n {4}at (?:.*\()?cell\.js:(\d+):(\d+)\)?(?=\n|$)/.exec(stack));
}

/** The place that isolated-vm appends to the message of a syntax error: `Unexpected token [cell.js:2:9]`. */
export function splitSyntaxError(message: string): { message: string; position: Position | undefined } {
  const match = / \[(?:cell\.js|<isolated-vm>):(\d+):(\d+)\]$/.exec(message);
  return { message: match ? message.slice(0, match.index) : message, position: positionOf(match) };
}

/** A stack without the frames that are not the cell's: the prelude's, and those of the way into the isolate. */
export function cleanStack(stack: string): string {
  const lines = stack.split("\n");
  const kept = lines.filter((line) => !/^ {4}at /.test(line) || !/prelude\.js|<isolated-vm|cell\.js:\d+:-/.test(line));
  return kept.join("\n");
}

function positionOf(match: RegExpExecArray | null): Position | undefined {
  if (!match) return undefined;
  const position = { line: Number(match[1]), column: Number(match[2]) };
  return position.line > 0 && position.column > 0 ? position : undefined;
}

function codeFrame(lines: readonly string[], { line, column }: Position): string {
  const first = Math.max(1, line - CONTEXT_LINES);
  const last = Math.min(lines.length, line + CONTEXT_LINES);
  // A long line is shown from a little before the column.
  const offset = column > MAX_COLUMNS ? column - MAX_COLUMNS / 2 : 0;
  const width = String(last).length;
  const shown: string[] = [];
  for (let number = first; number <= last; number++) {
    const text = (lines[number - 1] ?? "").slice(offset, offset + MAX_COLUMNS);
    shown.push(`${number === line ? ">" : " "} ${String(number).padStart(width)} | ${text}`.trimEnd());
    if (number === line) shown.push(`  ${" ".repeat(width)} | ${" ".repeat(column - 1 - offset)}^`);
  }
  return shown.join("\n").toWellFormed();
}
