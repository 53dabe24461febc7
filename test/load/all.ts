import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { hasFailed } from "../../client/load/failure.ts";
import { runLoad } from "../../client/load/load.ts";
import { htmlReport } from "../../client/load/report/html-report.ts";
import { builtInScenarios } from "../../client/load/scenarios/scenarios.ts";
import { summaryText } from "../../client/load/summary.ts";

/** `npm run load:all`: every built-in scenario in full, each against a gateway of its own. */

const { values } = parseArgs({ options: { reports: { type: "string" } } });
const { reports } = values;
if (reports !== undefined) await mkdir(reports, { recursive: true });
const startedAt = performance.now();
const failed: string[] = [];
for (const { name } of builtInScenarios) {
  const result = await runLoad({ scenario: name });
  process.stdout.write(`${summaryText(result)}\n`);
  if (hasFailed(result)) failed.push(name);
  if (reports !== undefined) await writeFile(join(reports, `${name}.html`), htmlReport(result));
}
const minutes = ((performance.now() - startedAt) / 60_000).toFixed(1);
const verdict = failed.length === 0 ? "none failed" : `failed: ${failed.join(", ")}`;
process.stdout.write(`${builtInScenarios.length} scenarios in ${minutes} minutes; ${verdict}\n`);
process.exitCode = failed.length === 0 ? 0 : 1;
