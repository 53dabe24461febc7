import { parseArgs } from "node:util";
import type { Subprotocol } from "../../src/protocol/codec.ts";
import { type Condition, conditionSubjects, parseCondition } from "./condition.ts";
import { parseDuration } from "./duration.ts";
import type { PlanOptions } from "./load-plan.ts";

/** What the command line asks for. */
export interface LoadOptions {
  /** A name, or a path. */
  readonly scenario: string;
  /** Where the gateway is. Absent: one is spawned. */
  readonly url: string | undefined;
  readonly token: string | undefined;
  /** For a gateway that is spawned. */
  readonly gatewayFlags: readonly string[];
  readonly plan: PlanOptions;
  readonly subprotocol: Subprotocol | undefined;
  readonly jsonFile: string | undefined;
  readonly htmlFile: string | undefined;
  readonly recordFile: string | undefined;
  /** Conditions under which the load has failed. */
  readonly failures: readonly Condition[];
  readonly quiet: boolean;
}

/** The command line cannot be understood. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

interface Flag {
  /** In the help; absent: it takes no value. */
  readonly value?: string;
  readonly meaning: string;
}

/** Every flag, in the order of the help. */
const flags: { readonly [flag: string]: Flag } = {
  url: { value: "URL", meaning: "the gateway: ws://127.0.0.1:8080" },
  token: { value: "TEXT", meaning: "its token; default: the variable CELLGATE_TOKEN" },
  spawn: { meaning: "a gateway of its own instead; what stands behind -- are its flags" },
  sockets: { value: "N", meaning: "sockets, each with a session; default 10" },
  rate: { value: "R", meaning: "flows that begin each second, on time whatever becomes of earlier ones (open loop)" },
  concurrency: {
    value: "C",
    meaning: "flows at a time, each beginning when one ends (closed loop); default: all sockets",
  },
  ramp: { value: "TIME", meaning: "over which the sockets connect; default: a millisecond each" },
  "warm-up": { value: "TIME", meaning: "of flows that do not count yet; default 2s, or none with --count" },
  duration: { value: "TIME", meaning: "of flows that count; default 10s" },
  count: { value: "N", meaning: "flows that count, in place of a duration" },
  timeout: { value: "TIME", meaning: "after which a request is taken for lost; default 60s" },
  seed: { value: "TEXT", meaning: "of everything that is random; default cellgate" },
  workers: { value: "N", meaning: "threads that have the sockets; default: one for 2,500, as far as there are cores" },
  subprotocol: { value: "NAME", meaning: "msgpack or json; default: as the scenario says" },
  speed: { value: "N", meaning: "how fast a trace is played; default 1, as it was recorded" },
  record: { value: "FILE", meaning: "a trace of all that goes over the sockets, from one worker; see docs/trace.md" },
  json: { value: "FILE", meaning: "everything that was measured" },
  html: { value: "FILE", meaning: "a report with plots" },
  fail: {
    value: "CONDITION",
    meaning: 'makes the exit code 1, such as "execute.p99>50ms"; may be given more than once',
  },
  quiet: { meaning: "no progress" },
  help: { meaning: "this" },
};

/** `--flag VALUE  meaning` for each. */
export function loadFlagsText(): string {
  const heads = Object.entries(flags).map(([flag, { value }]) => `--${flag}${value === undefined ? "" : ` ${value}`}`);
  const width = Math.max(...heads.map((head) => head.length)) + 2;
  return Object.values(flags)
    .map(({ meaning }, index) => `  ${(heads[index] ?? "").padEnd(width)}${meaning}\n`)
    .join("");
}

/** Reads the arguments behind `cellgate load`. Undefined where help was asked for. Throws {@link UsageError}. */
export function readLoadOptions(args: readonly string[], environment: NodeJS.ProcessEnv): LoadOptions | undefined {
  const split = args.indexOf("--");
  const own = split < 0 ? args : args.slice(0, split);
  const gatewayFlags = split < 0 ? [] : args.slice(split + 1);
  const { values, positionals } = parse(own);
  if (values["help"] === true) return undefined;
  const [scenario, ...more] = positionals;
  if (scenario === undefined || more.length > 0) throw new UsageError("expected the name or the path of one scenario");
  const text = (flag: string): string | undefined => {
    const value = values[flag];
    return typeof value === "string" ? value : undefined;
  };
  const url = text("url");
  const spawns = values["spawn"] === true;
  if ((url !== undefined) === spawns) throw new UsageError("expected --url or --spawn");
  if (gatewayFlags.length > 0 && !spawns) throw new UsageError("flags behind -- are for --spawn");
  const token = text("token") ?? environment["CELLGATE_TOKEN"];
  if (url !== undefined && token === undefined)
    throw new UsageError("expected --token, or the variable CELLGATE_TOKEN");
  const number = (flag: string) => read(flag, text(flag), "a number above 0", positive);
  const count = (flag: string) => read(flag, text(flag), "a whole number from 1", positiveInteger);
  const time = (flag: string) => read(flag, text(flag), "a time such as 30s", parseDuration);
  return {
    scenario,
    url,
    token,
    gatewayFlags,
    plan: {
      sockets: count("sockets"),
      rate: number("rate"),
      concurrency: count("concurrency"),
      rampMs: time("ramp"),
      warmUpMs: time("warm-up"),
      durationMs: time("duration"),
      count: count("count"),
      timeoutMs: time("timeout"),
      seed: text("seed"),
      workers: count("workers"),
      speed: number("speed"),
    },
    subprotocol: read("subprotocol", text("subprotocol"), "msgpack or json", subprotocolOf),
    jsonFile: text("json"),
    htmlFile: text("html"),
    recordFile: text("record"),
    failures: ((values["fail"] as string[] | undefined) ?? []).map(conditionOf),
    quiet: values["quiet"] === true,
  };
}

function parse(args: readonly string[]) {
  const options = Object.entries(flags).map(([flag, { value }]) => {
    return [
      flag,
      { type: value === undefined ? ("boolean" as const) : ("string" as const), multiple: flag === "fail" },
    ];
  });
  try {
    return parseArgs({ args: [...args], options: Object.fromEntries(options) as never, allowPositionals: true }) as {
      values: { [flag: string]: string | boolean | string[] | undefined };
      positionals: string[];
    };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** Reads a value, if there is one. Throws {@link UsageError} where `of` makes nothing of it. */
function read<T>(
  flag: string,
  text: string | undefined,
  expected: string,
  of: (text: string) => T | undefined,
): T | undefined {
  if (text === undefined) return undefined;
  const value = of(text);
  if (value === undefined) throw new UsageError(`--${flag}: expected ${expected}, got ${text}`);
  return value;
}

function conditionOf(text: string): Condition {
  const condition = parseCondition(text);
  if (condition) return condition;
  throw new UsageError(`--fail: expected a condition such as execute.p99>50ms (${conditionSubjects}), got ${text}`);
}

function positive(text: string): number | undefined {
  return /^\d+(\.\d+)?$/.test(text) && Number(text) > 0 ? Number(text) : undefined;
}

function positiveInteger(text: string): number | undefined {
  return /^\d+$/.test(text) && Number(text) > 0 ? Number(text) : undefined;
}

function subprotocolOf(text: string): Subprotocol | undefined {
  return text === "msgpack" || text === "json" ? `cellgate.v1.${text}` : undefined;
}
