import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { flagOf, limitNames, optionTable, variableOf } from "./option-table.ts";
import { type LimitName, type Limits, limitTable } from "./protocol/limits.ts";
import { accessProblem, type AccessOptions, executorsProblem, limitProblem, rangeProblem } from "./option-problems.ts";

const logLevels = ["info", "warn", "error", "silent"] as const;

const metricsAccesses = ["admin", "open"] as const;

const isolateReuses = ["session", "never"] as const;

/** How the gateway is set up. */
export interface Config extends AccessOptions {
  readonly port: number;
  readonly metrics: (typeof metricsAccesses)[number];
  readonly logLevel: (typeof logLevels)[number];
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
    metrics: oneOf("metrics", metricsAccesses),
    logLevel: oneOf("log-level", logLevels),
    executors: number("executors", defaultExecutors, executorsProblem),
    isolateReuse: oneOf("isolate-reuse", isolateReuses),
    limits: Object.fromEntries(limits) as Limits,
  };
  const problem = accessProblem(config);
  if (problem) {
    const flag = flagOf(problem.option);
    const hint = flag === "host" ? `: see --token (${variableOf("token")})` : "";
    throw new ConfigError(`--${flag} (${variableOf(flag)}): ${problem.expected}${hint}`);
  }
  return config;
}

function listOf(text = ""): string[] {
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

function parseFlags(args: readonly string[]): { readonly [flag: string]: string | undefined } {
  try {
    const options = Object.fromEntries(optionTable.map(({ flag }) => [flag, { type: "string" as const }]));
    return parseArgs({ args: [...args], options, strict: true }).values;
  } catch (error) {
    throw new ConfigError((error as Error).message);
  }
}
