import { once } from "node:events";
import { createWriteStream, type WriteStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { traceHeaderText } from "../trace.ts";
import { compareLoads, isWorse } from "./compare/comparison.ts";
import { comparisonText } from "./compare/comparison-text.ts";
import { checkCondition } from "./condition.ts";
import { hasFailed } from "./failure.ts";
import { runLoad } from "./load.ts";
import { type LoadOptions, loadFlagsText, readLoadOptions, UsageError } from "./load-options.ts";
import { PlanError } from "./load-plan.ts";
import { NoConnectionError } from "./load-run.ts";
import { Progress } from "./progress.ts";
import { htmlReport } from "./report/html-report.ts";
import type { LoadResult } from "./result.ts";
import { readResult, ResultFileError } from "./result-file.ts";
import { ScenarioError } from "./scenario-source.ts";
import { builtInScenarios } from "./scenarios/scenarios.ts";
import { SpawnError } from "./spawned-gateway.ts";
import { summaryText } from "./summary.ts";

/** Exit codes beside 0: the load failed; the command line cannot be understood; it was interrupted. */
const FAILED = 1;
const MISUSED = 2;
const INTERRUPTED = 130;

const misuses = [UsageError, ScenarioError, PlanError, ResultFileError];

/** `cellgate load …`: does what the arguments say, and resolves with the exit code. */
export async function runLoadCommand(args: readonly string[]): Promise<number> {
  try {
    const [first, ...rest] = args;
    if (first === "compare") return await compare(rest);
    const options = readLoadOptions(args, process.env);
    if (options) return await load(options);
    process.stdout.write(helpText());
    return 0;
  } catch (error) {
    const isMisuse = misuses.some((kind) => error instanceof kind);
    if (!isMisuse && !(error instanceof SpawnError) && !(error instanceof NoConnectionError)) throw error;
    process.stderr.write(
      `cellgate load: ${(error as Error).message}\n${isMisuse ? "See cellgate load --help.\n" : ""}`,
    );
    return isMisuse ? MISUSED : FAILED;
  }
}

async function load(options: LoadOptions): Promise<number> {
  const stopper = new AbortController();
  const interrupt = () => {
    // The second one means it: whatever was started ends with the process.
    if (stopper.signal.aborted) process.exit(INTERRUPTED);
    stopper.abort();
  };
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  let progress: Progress | undefined;
  const { url, token = "", recordFile } = options;
  const trace = recordFile === undefined ? undefined : await openTrace(recordFile, options.scenario);
  try {
    const measured = await runLoad({
      ...options,
      gateway: url === undefined ? undefined : { url, token },
      signal: stopper.signal,
      onRecorded: trace && ((text) => void trace.write(text)),
      onSecond: (second, errors, plan) => {
        if (options.quiet) return;
        progress ??= new Progress(process.stderr, plan);
        progress.second(second, errors);
      },
    });
    progress?.end();
    const checks = options.failures.map((condition) => checkCondition(condition, measured));
    const result = { ...measured, checks };
    await write(options, result);
    process.stdout.write(summaryText(result));
    if (stopper.signal.aborted) return INTERRUPTED;
    return hasFailed(result) ? FAILED : 0;
  } catch (error) {
    if (stopper.signal.aborted) return INTERRUPTED;
    throw error;
  } finally {
    progress?.end();
    trace?.end();
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
}

/** Rejects where the file cannot be written. */
async function openTrace(path: string, scenario: string): Promise<WriteStream> {
  const stream = createWriteStream(path);
  await once(stream, "open");
  stream.write(traceHeaderText({ recordedBy: `cellgate load ${scenario}` }));
  return stream;
}

async function compare(files: readonly string[]): Promise<number> {
  const [before, after, ...more] = files;
  if (before === undefined || after === undefined || more.length > 0) {
    throw new UsageError("compare: expected two files that --json wrote");
  }
  const comparison = compareLoads(await readResult(before), await readResult(after));
  process.stdout.write(comparisonText(comparison));
  return isWorse(comparison) ? FAILED : 0;
}

async function write({ jsonFile, htmlFile }: LoadOptions, result: LoadResult): Promise<void> {
  if (jsonFile !== undefined) await writeFile(jsonFile, `${JSON.stringify(result)}\n`);
  if (htmlFile !== undefined) await writeFile(htmlFile, htmlReport(result));
}

function helpText(): string {
  const width = Math.max(...builtInScenarios.map(({ name }) => name.length)) + 2;
  const names = builtInScenarios.map(({ name, about }) => `  ${name.padEnd(width)}${about}\n`).join("");
  return `Usage: cellgate load SCENARIO [options] [-- flags of the gateway]
       cellgate load compare BEFORE.json AFTER.json

Loads a gateway with scripted sockets, and says how it bore it. SCENARIO is one of those below, a JSON file, a module that
exports one, or a trace (.jsonl), which is played again.

Options:
${loadFlagsText()}
Scenarios:
${names}`;
}
