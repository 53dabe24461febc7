import { readFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { describeProblem } from "../../src/protocol/check.ts";
import { parseTrace, TraceError } from "../trace.ts";
import type { RecordedSession } from "./replay/recorded-session.ts";
import { recordedSessions } from "./replay/trace-sessions.ts";
import { scenarioCheck } from "./scenario-check.ts";
import type { Scenario } from "./scenario.ts";
import { builtInScenarios } from "./scenarios/scenarios.ts";

/** There is no such scenario, or it is none. */
export class ScenarioError extends Error {
  override readonly name = "ScenarioError";
}

/** A scenario, and, where it is a trace that is played, the sessions of that. */
export interface LoadedScenario {
  readonly scenario: Scenario;
  readonly sessions?: readonly RecordedSession[] | undefined;
}

/**
 * The scenario that a word on the command line means: the name of one that is built in, a JSON file, a module that
 * exports it as `scenario` or by default, or a trace (`.jsonl`). Rejects with {@link ScenarioError}.
 */
export async function loadScenario(word: string): Promise<LoadedScenario> {
  const builtIn = builtInScenarios.find(({ name }) => name === word);
  if (builtIn) return { scenario: builtIn };
  if (!/[./\\]/.test(word)) {
    const names = builtInScenarios.map(({ name }) => name).join(", ");
    throw new ScenarioError(`expected the path of a scenario or one of ${names}, got ${word}`);
  }
  if (word.endsWith(".jsonl")) return traceOf(word);
  const value = word.endsWith(".json") ? await jsonOf(word) : await exportOf(word);
  const problem = scenarioCheck(value);
  if (problem) throw new ScenarioError(`${word}: ${describeProblem(problem, "scenario")}`);
  return { scenario: value as Scenario };
}

async function traceOf(path: string): Promise<LoadedScenario> {
  try {
    const sessions = recordedSessions(parseTrace(await readFile(path, "utf8")));
    if (sessions.length === 0) throw new TraceError("expected a session with a request, got none");
    const about = `a trace of ${sessions.length} ${sessions.length === 1 ? "session" : "sessions"} that is played again`;
    const load = { sockets: sessions.length };
    return { scenario: { name: basename(path), about, once: true, load, flows: [] }, sessions };
  } catch (cause) {
    throw new ScenarioError(`${path}: ${(cause as Error).message}`, { cause });
  }
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
