import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { describeProblem } from "../../src/protocol/check.ts";
import { scenarioCheck } from "./scenario-check.ts";
import type { Scenario } from "./scenario.ts";
import { builtInScenarios } from "./scenarios/scenarios.ts";

/** There is no such scenario, or it is none. */
export class ScenarioError extends Error {
  override readonly name = "ScenarioError";
}

/**
 * The scenario that a word on the command line means: the name of one that is built in, a JSON file, or a module that
 * exports it as `scenario` or by default. Rejects with {@link ScenarioError}.
 */
export async function loadScenario(word: string): Promise<Scenario> {
  const builtIn = builtInScenarios.find(({ name }) => name === word);
  if (builtIn) return builtIn;
  if (!/[./\\]/.test(word)) {
    const names = builtInScenarios.map(({ name }) => name).join(", ");
    throw new ScenarioError(`expected the path of a scenario or one of ${names}, got ${word}`);
  }
  const value = word.endsWith(".json") ? await jsonOf(word) : await exportOf(word);
  const problem = scenarioCheck(value);
  if (problem) throw new ScenarioError(`${word}: ${describeProblem(problem, "scenario")}`);
  return value as Scenario;
}

async function jsonOf(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    throw new ScenarioError(`${path}: ${(cause as Error).message}`, { cause });
  }
}

async function exportOf(path: string): Promise<unknown> {
  try {
    const module = (await import(pathToFileURL(resolve(path)).href)) as { scenario?: unknown; default?: unknown };
    return module.scenario ?? module.default;
  } catch (cause) {
    throw new ScenarioError(`${path}: ${(cause as Error).message}`, { cause });
  }
}
