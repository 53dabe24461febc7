import type { Random } from "../../client/load/random.ts";

/** One thing that a cell's code does. */
export type Step =
  | { readonly do: "text" | "notify" | "store" | "yield" | "echo" | "fail" }
  | { readonly do: "big"; readonly chars: number }
  | { readonly do: "slow" | "pause"; readonly ms: number }
  | { readonly do: "many"; readonly calls: number };

/** How a cell's code ends: `hangs` never does by itself, so that its agent terminates it when it has come so far. */
export type CodeEnd = "returns" | "throws" | "exits" | "hangs";

/** How an agent goes about a cell. */
export type Drive =
  /** `run`. */
  | "run"
  /** `run`, hearing content as it appears. */
  | "stream"
  /** Waits again and again, a little each time. */
  | "waits"
  /** Has it yield every now and then. */
  | "nudges"
  /** Waits, and takes some of the waits back. */
  | "cancels"
  /** Terminates it after a while, wherever it is. */
  | "terminates"
  /** `run`, whose signal is aborted after a while. */
  | "aborts"
  /** Leaves it to a later turn. */
  | "leaves";

/** A cell, and what its agent does about it. */
export interface CellPlan {
  /** Its `toolCallId`, too. */
  readonly name: string;
  readonly steps: readonly Step[];
  readonly end: CodeEnd;
  readonly drive: Drive;
  /** Milliseconds before it is asked for. */
  readonly afterMs: number;
  /** Milliseconds between what the drive does. */
  readonly beatMs: number;
}

/** What a cell has done by its end, if nothing stops it. */
export interface Expected {
  readonly texts: readonly string[];
  /** How many texts it had put out at its beginning, at each yield of its own, and at its end. */
  readonly yieldedTexts: readonly number[];
  readonly notifications: readonly string[];
  readonly stored: Readonly<Record<string, string>>;
  /** Inputs of its calls. */
  readonly calls: readonly string[];
}

const drives: readonly Drive[] = ["run", "stream", "waits", "nudges", "cancels", "terminates", "aborts"];

/** `mayLeave`: there is a later turn. */
export function planCell(name: string, mayLeave: boolean, random: Random): CellPlan {
  const drive = random.pick(mayLeave ? [...drives, "leaves" as const] : drives);
  // What is stopped at any time is not to be stopped at its end as well.
  const isStopped = drive === "terminates" || drive === "aborts";
  const ends = isStopped ? (["returns"] as const) : (["returns", "throws", "exits", "hangs"] as const);
  return {
    name,
    steps: Array.from({ length: random.integer(1, 10) }, () => planStep(random)),
    end: random.pick(ends, (end) => (end === "returns" ? 4 : 1)),
    drive,
    afterMs: random.integer(0, 80),
    beatMs: random.integer(1, 40),
  };
}

function planStep(random: Random): Step {
  const kinds = ["text", "notify", "store", "yield", "echo", "fail", "big", "slow", "pause", "many"] as const;
  const kind = random.pick(kinds, (each) => (each === "big" ? 0.4 : 1));
  switch (kind) {
    case "big":
      // Now and then more than the narrow gateway's frames hold.
      return { do: kind, chars: random.pick([1_000, 20_000, 100_000, 600_000]) };
    case "slow":
    case "pause":
      return { do: kind, ms: random.integer(1, 40) };
    case "many":
      return { do: kind, calls: random.integer(2, 20) };
    default:
      return { do: kind };
  }
}

/** The source of a cell's code. */
export function sourceOf({ name, steps, end }: CellPlan): string {
  const lines = steps.map((step, index) => lineOf(step, JSON.stringify(`${name}.${index}`)));
  const last = {
    returns: "",
    throws: "null.x;",
    exits: `exit(); text("after the exit");`,
    hangs: `await tools.hang("${name}.end");`,
  };
  return [...lines, last[end]].join("\n");
}

function lineOf(step: Step, label: string): string {
  switch (step.do) {
    case "text":
      return `text(${label});`;
    case "big":
      return `text(${label}.padEnd(${step.chars}, "."));`;
    case "notify":
      return `notify(${label});`;
    case "store":
      return `store(${label}, ${label}); text(load(${label}));`;
    case "yield":
      return `yield_control();`;
    case "echo":
      return `text(await tools.echo(${label}));`;
    case "slow":
      return `text(await tools.slow({ label: ${label}, ms: ${step.ms} }));`;
    case "fail":
      return `text(await tools.fail(${label}).catch(({ code, message }) => code + " " + message));`;
    case "pause":
      return `await new Promise((resolve) => setTimeout(resolve, ${step.ms}));`;
    case "many":
      return `text((await Promise.all(Array.from({ length: ${step.calls} }, (_, n) => tools.echo(${label} + "-" + n)))).join());`;
    default:
      return step satisfies never;
  }
}

/** What comes of {@link sourceOf}. */
export function expectedOf({ name, steps }: CellPlan): Expected {
  const expected = {
    texts: [] as string[],
    yieldedTexts: [0],
    notifications: [] as string[],
    stored: {} as Record<string, string>,
    calls: [] as string[],
  };
  for (const [index, step] of steps.entries()) {
    const label = `${name}.${index}`;
    switch (step.do) {
      case "text":
        expected.texts.push(label);
        break;
      case "big":
        expected.texts.push(label.padEnd(step.chars, "."));
        break;
      case "notify":
        expected.notifications.push(label);
        break;
      case "store":
        expected.stored[label] = label;
        expected.texts.push(label);
        break;
      case "echo":
      case "slow":
        expected.calls.push(label);
        expected.texts.push(label);
        break;
      case "fail":
        expected.calls.push(label);
        expected.texts.push(`E_FAIL ${label}`);
        break;
      case "many": {
        const labels = Array.from({ length: step.calls }, (_, n) => `${label}-${n}`);
        expected.calls.push(...labels);
        expected.texts.push(labels.join());
        break;
      }
      case "yield":
        expected.yieldedTexts.push(expected.texts.length);
        break;
      case "pause":
        break;
      default:
        step satisfies never;
    }
  }
  expected.yieldedTexts.push(expected.texts.length);
  return expected;
}
