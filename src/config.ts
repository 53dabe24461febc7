import { isIPv4 } from "node:net";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { type LimitName, type Limits, limitTable } from "./protocol/limits.ts";

/** One option of the gateway: a row of the table that flags, environment variables and `--help` come from. */
export interface OptionRow {
  /** Without the dashes: `--yield-ms`. */
  readonly flag: string;
  /** `CELLGATE_YIELD_MS` */
  readonly variable: string;
  readonly default: string;
  readonly unit: string;
  readonly meaning: string;
}

/** How the gateway is set up. */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** Undefined: one is made at the start. */
  readonly token: string | undefined;
  readonly executors: number;
  readonly isolateReuse: "session" | "never";
  readonly jit: "on" | "off";
  readonly isolation: "shared" | "session";
  readonly limits: Limits;
}

/** An option is unknown or has a value that cannot be. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** Two at least, so that a process that is being replaced does not stop everything. */
export const defaultExecutors = Math.max(2, availableParallelism());

const general: readonly OptionRow[] = [
  option("host", "127.0.0.1", "address", "where to listen; anything but loopback needs a configured token"),
  option("port", "8080", "port", "where to listen; 0: any free one"),
  option("token", "made at start", "text", "what clients must show; at least 16 characters"),
  option("executors", "cores, at least 2", "count", "processes that run the cells of all sessions"),
  option("isolate-reuse", "session", "session or never", "whether a session's later cells may share an isolate"),
  option("jit", "on", "on or off", "whether V8 compiles cells; off: slower loops, no writable machine code"),
  option("isolation", "shared", "shared or session", "whether sessions share processes, or each has its own"),
];

const limitNames = Object.keys(limitTable) as LimitName[];

/** Smallest values with which the gateway still works; where none is given it is 1. */
const smallest: { readonly [K in LimitName]?: number } = {
  frameBytes: 256 * 1024,
  frameDepth: 8,
  frameNodes: 1_000,
  heapBytes: 8 * 1024 * 1024,
  // A process has some 80 MiB before it runs anything.
  recycleRssBytes: 128 * 1024 * 1024,
  executorRssBytes: 256 * 1024 * 1024,
};

/** Largest values: of a depth, what the byte guard can hold; of a time, what a timer can. */
const largest: { readonly [K in LimitName]?: number } = { frameDepth: 1_024 };
const LONGEST_MS = 2 ** 31 - 1;

/** Every option, in the order of `--help` and of the README. */
export const optionTable: readonly OptionRow[] = [
  ...general,
  ...limitNames.map((name) => {
    const { value, unit, meaning } = limitTable[name];
    return option(kebab(name), String(value), unit, meaning);
  }),
];

/** Reads flags, then the environment, then defaults. Throws {@link ConfigError}. */
export function readConfig(args: readonly string[], environment: NodeJS.ProcessEnv): Config {
  const flags = parseFlags(args);
  const given = (flag: string): string | undefined => {
    const value = flags[flag] ?? environment[variableOf(flag)];
    return value === "" ? undefined : value;
  };
  const number = (flag: string, fallback: number, problemOf: (value: number) => string | undefined): number => {
    const text = given(flag);
    if (text === undefined) return fallback;
    const problem = problemOf(/^\d+$/.test(text) ? Number(text) : Number.NaN);
    if (problem === undefined) return Number(text);
    throw new ConfigError(`--${flag} (${variableOf(flag)}): ${problem}, got ${text}`);
  };
  const token = given("token");
  if (token !== undefined && !isToken(token)) throw new ConfigError(`--token (CELLGATE_TOKEN): ${expectedToken}`);
  const limits = limitNames.map((name): [LimitName, number] => {
    return [name, number(kebab(name), limitTable[name].value, (value) => limitProblem(name, value))];
  });
  const config: Config = {
    host: given("host") ?? "127.0.0.1",
    port: number("port", 8080, (value) => rangeProblem(value, 0, 65_535)),
    token,
    executors: number("executors", defaultExecutors, executorsProblem),
    isolateReuse: oneOf("isolate-reuse", given("isolate-reuse"), ["session", "never"]),
    jit: oneOf("jit", given("jit"), ["on", "off"]),
    isolation: oneOf("isolation", given("isolation"), ["shared", "session"]),
    limits: Object.fromEntries(limits) as Limits,
  };
  if (token === undefined && !isLoopback(config.host)) {
    throw new ConfigError(
      `--host ${config.host}: expected a token (--token or CELLGATE_TOKEN) for an address that is not loopback`,
    );
  }
  return config;
}

/** The option table as text. */
export function helpText(): string {
  const rows = optionTable.map(({ flag, variable, default: value, unit, meaning }) => {
    return `  --${flag.padEnd(32)}${meaning} (${unit}; default ${value})\n${" ".repeat(36)}${variable}`;
  });
  return `Usage: cellgate [options]\n\nServes turns until SIGTERM or SIGINT.\n\nOptions:\n${rows.join("\n")}\n`;
}

/** What is wrong with a value for this limit, if anything: `expected a whole number from 8 to 1024`. */
export function limitProblem(name: LimitName, value: number): string | undefined {
  const most = limitTable[name].unit === "ms" ? LONGEST_MS : Number.MAX_SAFE_INTEGER;
  return rangeProblem(value, smallest[name] ?? 1, largest[name] ?? most);
}

/** The same for a number of executors. */
export function executorsProblem(value: number): string | undefined {
  return rangeProblem(value, 1, 256);
}

/** What {@link isToken} wants. */
export const expectedToken = "expected at least 16 characters of ASCII without spaces";

/** Whether it can be a token: one of other characters would not survive in a header. */
export function isToken(text: string): boolean {
  return /^[!-~]{16,}$/.test(text);
}

/** One of two words, of which the first is the default. */
function oneOf<Word extends string>(flag: string, text: string | undefined, words: readonly [Word, Word]): Word {
  const word = text === undefined ? words[0] : words.find((known) => known === text);
  if (word !== undefined) return word;
  throw new ConfigError(`--${flag} (${variableOf(flag)}): expected ${words.join(" or ")}, got ${text}`);
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));
}

function rangeProblem(value: number, min: number, max: number): string | undefined {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return undefined;
  return `expected a whole number ${max === Number.MAX_SAFE_INTEGER ? `from ${min}` : `from ${min} to ${max}`}`;
}

function parseFlags(args: readonly string[]): { readonly [flag: string]: string | undefined } {
  try {
    const options = Object.fromEntries(optionTable.map(({ flag }) => [flag, { type: "string" as const }]));
    return parseArgs({ args: [...args], options, strict: true }).values;
  } catch (error) {
    throw new ConfigError((error as Error).message);
  }
}

function option(flag: string, value: string, unit: string, meaning: string): OptionRow {
  return { flag, variable: variableOf(flag), default: value, unit, meaning };
}

function variableOf(flag: string): string {
  return `CELLGATE_${flag.toUpperCase().replaceAll("-", "_")}`;
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
