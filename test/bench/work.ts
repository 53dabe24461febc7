/**
 * What one cell is given to do. The same for every subject; each says it in its own words, by a {@link Dialect}, or, for
 * the bare socket, in messages.
 */
export type Work =
  | { readonly type: "noop" }
  /** Calls of a tool that answers at once, one after the other. */
  | { readonly type: "calls"; readonly count: number }
  /** The same calls at the same time. */
  | { readonly type: "parallel"; readonly count: number }
  /** Calls at the same time of a tool that answers after 20 ms. */
  | { readonly type: "naps"; readonly count: number }
  | { readonly type: "notifications"; readonly count: number }
  | { readonly type: "text"; readonly bytes: number }
  /** A loop over numbers, some 25 ms of one core where a compiler gets at it. */
  | { readonly type: "cpu" };

/** How a subject's cells say things. */
export interface Dialect {
  /** An expression: the promise of a tool's answer to `argument`. */
  readonly call: (tool: "echo" | "nap" | "park", argument: string) => string;
  /** A statement that puts out `expression`, at the end of the source. */
  readonly text: (expression: string) => string;
  /** A statement that pushes `expression` to the host. Absent: cells cannot. */
  readonly notify?: (expression: string) => string;
}

/** A source, and what its cell must put out. */
export interface Task {
  readonly source: string;
  readonly isDone: (text: string) => boolean;
}

/** The work as a source. Throws where the dialect cannot say it. */
export function taskOf(work: Work, dialect: Dialect): Task {
  const { call, text } = dialect;
  switch (work.type) {
    case "noop":
      return { source: text('"x"'), isDone: is("x") };
    case "calls":
      return {
        source: `let n = 0; for (let i = 0; i < ${work.count}; i++) n += await ${call("echo", "1")}; ${text('"" + n')}`,
        isDone: is(`${work.count}`),
      };
    case "parallel":
      return inParallel(work.count, call("echo", "1"), text);
    case "naps":
      return inParallel(work.count, call("nap", "1"), text);
    case "notifications": {
      if (!dialect.notify) throw new UnsupportedError("has no notifications");
      const push = dialect.notify('"note " + i');
      return { source: `for (let i = 0; i < ${work.count}; i++) ${push}; ${text('"x"')}`, isDone: is("x") };
    }
    case "text":
      return { source: text(`"x".repeat(${work.bytes})`), isDone: (got) => got.length === work.bytes };
    case "cpu":
      return { source: `${cpuLoop} ${text('"" + s')}`, isDone: is(cpuResult) };
    default:
      return work satisfies never;
  }
}

/** What a subject cannot do by its design: shown as a dash, and no failure. */
export class UnsupportedError extends Error {
  override readonly name = "UnsupportedError";
}

function inParallel(count: number, call: string, text: Dialect["text"]): Task {
  return {
    source: `const all = await Promise.all(Array.from({ length: ${count} }, () => ${call})); ${text('"" + all.length')}`,
    isDone: is(`${count}`),
  };
}

function is(expected: string): Task["isDone"] {
  return (text) => text === expected;
}

const cpuLoop =
  "const a = new Float64Array(100000); let s = 0; for (let j = 1; j <= 50; j++) { " +
  "for (let i = 0; i < a.length; i++) a[i] = (i * j) % 1000; for (let i = 0; i < a.length; i++) s += a[i]; }";

/** What {@link cpuLoop} comes to, worked out by the same sum here. */
const cpuResult = `${sumOfCpuLoop()}`;

function sumOfCpuLoop(): number {
  let sum = 0;
  // Whole numbers far below 2^53: the order of the additions does not matter.
  for (let j = 1; j <= 50; j++) for (let i = 0; i < 100_000; i++) sum += (i * j) % 1000;
  return sum;
}
