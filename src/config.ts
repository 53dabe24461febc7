import { isIPv4 } from "node:net";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { flagOf, limitNames, optionTable, variableOf } from "./option-table.ts";
import { type LimitName, type Limits, limitTable } from "./protocol/limits.ts";
import { expectedToken, isToken } from "./protocol/token.ts";

const logLevels = ["info", "warn", "error", "silent"] as const;

/** How much is logged. */
export type LogLevel = (typeof logLevels)[number];

const isolateReuses = ["session", "never"] as const;

/** How the gateway is set up. */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** Undefined: one is made at the start. */
  readonly token: string | undefined;
  readonly tokensFile: string | undefined;
  readonly jwtSecret: string | undefined;
  readonly jwksFile: string | undefined;
  readonly jwtIssuer: string | undefined;
  readonly jwtAudience: string | undefined;
  readonly origins: readonly string[];
  readonly logLevel: LogLevel;
  readonly executors: number;
  readonly isolateReuse: (typeof isolateReuses)[number];
  readonly limits: Limits;
}

/** An option is unknown or has a value that cannot be. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** Two at least, so that a process that is being replaced does not stop everything. */
export const defaultExecutors = Math.max(2, availableParallelism());

/** Smallest values with which the gateway still works; where none is given it is 1. */
const smallest: { readonly [K in LimitName]?: number } = {
  frameBytes: 256 * 1024,
  frameDepth: 8,
  frameNodes: 1_000,
  heapBytes: 8 * 1024 * 1024,
};

/** Largest values: of a depth, what the byte guard can hold; of a time, what a timer can. */
const largest: { readonly [K in LimitName]?: number } = { frameDepth: 1_024 };
const LONGEST_MS = 2 ** 31 - 1;

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
  /** The first of them is the default. */
  const oneOf = <const T extends string>(flag: string, choices: readonly [T, ...T[]]): T => {
    const text = given(flag) ?? choices[0];
    const choice = choices.find((name) => name === text);
    if (choice !== undefined) return choice;
    const expected = `expected ${choices.slice(0, -1).join(", ")} or ${choices.at(-1)}`;
    throw new ConfigError(`--${flag} (${variableOf(flag)}): ${expected}, got ${text}`);
  };
  const limits = limitNames.map((name): [LimitName, number] => {
    return [name, number(flagOf(name), limitTable[name].value, (value) => limitProblem(name, value))];
  });
  const config: Config = {
    host: given("host") ?? "127.0.0.1",
    port: number("port", 8080, (value) => rangeProblem(value, 0, 65_535)),
    token: given("token"),
    tokensFile: given("tokens-file"),
    jwtSecret: given("jwt-secret"),
    jwksFile: given("jwks-file"),
    jwtIssuer: given("jwt-issuer"),
    jwtAudience: given("jwt-audience"),
    origins: listOf(given("origins")),
    logLevel: oneOf("log-level", logLevels),
    executors: number("executors", defaultExecutors, executorsProblem),
    isolateReuse: oneOf("isolate-reuse", isolateReuses),
    limits: Object.fromEntries(limits) as Limits,
  };
  const problem = accessProblem(config);
  if (problem) {
    const flag = flagOf(problem.option);
    throw new ConfigError(`--${flag} (${variableOf(flag)}): ${problem.expected}`);
  }
  return config;
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

/** The options that say who may connect, from where. */
export type AccessConfig = Pick<
  Config,
  "host" | "token" | "tokensFile" | "jwtSecret" | "jwksFile" | "jwtIssuer" | "jwtAudience" | "origins"
>;

/** Bytes of a secret: as many as the hash of HS256 has, RFC 7518 section 3.2. */
const JWT_SECRET_BYTES = 32;

/** What is wrong with the options that say who may connect, if anything. It repeats no secret. */
export function accessProblem(config: AccessConfig): { option: keyof AccessConfig; expected: string } | undefined {
  const { host, token, jwtSecret, jwksFile, jwtIssuer, jwtAudience, origins } = config;
  if (token !== undefined && !isToken(token)) return { option: "token", expected: expectedToken };
  if (jwtSecret !== undefined && Buffer.byteLength(jwtSecret) < JWT_SECRET_BYTES) {
    return { option: "jwtSecret", expected: `expected at least ${JWT_SECRET_BYTES} bytes` };
  }
  if (jwtSecret !== undefined && jwksFile !== undefined) {
    return { option: "jwksFile", expected: "expected no jwt-secret beside it" };
  }
  const hasKeys = jwtSecret !== undefined || jwksFile !== undefined;
  if (!hasKeys && (jwtIssuer !== undefined || jwtAudience !== undefined)) {
    const option = jwtIssuer === undefined ? "jwtAudience" : "jwtIssuer";
    return { option, expected: "expected a jwt-secret or a jwks-file beside it" };
  }
  const wrong = origins.find((origin) => !isOrigin(origin));
  if (wrong !== undefined) {
    return { option: "origins", expected: `expected origins such as https://app.example, got ${wrong}` };
  }
  if (isLoopback(host) || hasConfiguredTokens(config)) return undefined;
  const sources = "a token, a tokens-file, a jwt-secret or a jwks-file";
  return { option: "host", expected: `expected ${sources} for an address that is not loopback, got ${host}` };
}

/** Whether anybody was given a token: otherwise the one that is made at the start is the only one. */
export function hasConfiguredTokens({ token, tokensFile, jwtSecret, jwksFile }: AccessConfig): boolean {
  return [token, tokensFile, jwtSecret, jwksFile].some((source) => source !== undefined);
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));
}

/** Whether it names an origin as browsers send it: `https://app.example`, without a path; or is `*`, or `null`. */
function isOrigin(text: string): boolean {
  return text === "*" || text === "null" || URL.parse(text)?.origin === text;
}

function listOf(text = ""): string[] {
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
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
