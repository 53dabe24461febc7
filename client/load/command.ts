import { writeFile } from "node:fs/promises";
import { lostOf } from "./ledger.ts";
import { runLoad } from "./load.ts";
import { type LoadOptions, loadFlagsText, readLoadOptions, UsageError } from "./load-options.ts";
import { PlanError } from "./load-plan.ts";
import { NoConnectionError } from "./load-run.ts";
import { Progress } from "./progress.ts";
import type { LoadResult } from "./result.ts";
import { ScenarioError } from "./scenario-source.ts";
import { builtInScenarios } from "./scenarios/scenarios.ts";
import { SpawnError } from "./spawned-gateway.ts";
import { summaryText } from "./summary.ts";

/** Exit codes beside 0: the load failed; the command line cannot be understood; it was interrupted. */
const FAILED = 1;
const MISUSED = 2;
const INTERRUPTED = 130;

/** `cellgate load …`: does what the arguments say, and resolves with the exit code. */
export async function runLoadCommand(args: readonly string[]): Promise<number> {
  try {
    const options = readLoadOptions(args, process.env);
    if (options) return await load(options);
    process.stdout.write(helpText());
    return 0;
  } catch (error) {
    const isMisuse = error instanceof UsageError || error instanceof ScenarioError || error instanceof PlanError;
    if (!isMisuse && !(error instanceof SpawnError) && !(error instanceof NoConnectionError)) throw error;
    process.stderr.write(`cellgate load: ${error.message}\n${isMisuse ? "See cellgate load --help.\n" : ""}`);
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
  try {
    const { url, token = "" } = options;
    const result = await runLoad({
      ...options,
      gateway: url === undefined ? undefined : { url, token },
      signal: stopper.signal,
      onSecond: (second, errors, plan) => {
        if (options.quiet) return;
        progress ??= new Progress(process.stderr, plan);
        progress.second(second, errors);
      },
    });
    progress?.end();
    await write(options, result);
    process.stdout.write(summaryText(result));
    if (stopper.signal.aborted) return INTERRUPTED;
    return hasFailed(result) ? FAILED : 0;
  } finally {
    progress?.end();
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
}

/** What must not be: something lost, an error, a condition of `--fail`. */
function hasFailed({ ledger, errors, checks }: LoadResult): boolean {
  return lostOf(ledger) > 0 || errors.length > 0 || checks.some(({ failed }) => failed);
}

async function write({ jsonFile }: LoadOptions, result: LoadResult): Promise<void> {
  if (jsonFile !== undefined) await writeFile(jsonFile, `${JSON.stringify(result)}\n`);
}

function helpText(): string {
  const width = Math.max(...builtInScenarios.map(({ name }) => name.length)) + 2;
  const names = builtInScenarios.map(({ name, about }) => `  ${name.padEnd(width)}${about}\n`).join("");
  return `Usage: cellgate load SCENARIO [options] [-- flags of the gateway]

Loads a gateway with scripted sockets, and says how it bore it. SCENARIO is one of those below, a JSON file, or a module
that exports one.

Options:
${loadFlagsText()}
Scenarios:
${names}`;
}
