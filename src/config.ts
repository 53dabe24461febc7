import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { flagOf, limitNames, optionTable, variableOf } from "./option-table.ts";
import { type LimitName, type Limits, limitTable } from "./protocol/limits.ts";
import { type Choice, type ChoiceName, choiceProblem, optionChoices } from "./option-choices.ts";
import {
  accessProblem,
  type AccessOptions,
  executorsProblem,
  limitProblem,
  limitsProblem,
  rangeProblem,
} from "./option-problems.ts";

/** How the gateway is set up. */
export interface Config extends AccessOptions {
  readonly port: number;
  readonly metrics: Choice<"metrics">;
  readonly logLevel: Choice<"logLevel">;
  readonly executors: number;
  readonly isolateReuse: Choice<"isolateReuse">;
  readonly jit: Choice<"jit">;
  readonly isolation: Choice<"isolation">;
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
  const choice = <Name extends ChoiceName>(name: Name): Choice<Name> => {
    const flag = flagOf(name);
    const text = given(flag) ?? optionChoices[name][0];
    const problem = choiceProblem(name, text);
    if (problem === undefined) return text as Choice<Name>;
    throw new ConfigError(`--${flag} (${variableOf(flag)}): ${problem}, got ${text}`);
  };
  const numbers = limitNames.map((name): [LimitName, number] => {
    return [name, number(flagOf(name), limitTable[name].value, (value) => limitProblem(name, value))];
  });
  const limits = Object.fromEntries(numbers) as Limits;
  const wrong = limitsProblem(limits);
  if (wrong) {
    const flag = flagOf(wrong.limit);
    throw new ConfigError(`--${flag} (${variableOf(flag)}): ${wrong.expected}, got ${limits[wrong.limit]}`);
  }
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
    metrics: choice("metrics"),
    logLevel: choice("logLevel"),
    executors: number("executors", defaultExecutors, executorsProblem),
    isolateReuse: choice("isolateReuse"),
    jit: choice("jit"),
    isolation: choice("isolation"),
    limits,
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
