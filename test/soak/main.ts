import { parseArgs } from "node:util";
import { soak } from "./soak.ts";

/** `npm run soak`: exits with 0 where the gateway holds no more at the end than after the warm-up, and all was answered. */

const usage = `Usage: npm run soak -- [options]

  --minutes N  how long; default 10
  --cells N    how many cells at most; default 200000

It ends at whichever comes first. A fourth of the time, a minute at most, is the warm-up.
`;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    cells: { type: "string", default: "200000" },
    help: { type: "boolean", short: "h", default: false },
  },
});
const durationMs = Number(values.minutes) * 60_000;
const cells = Number(values.cells);
if (values.help) process.stdout.write(usage);
else if (!(durationMs > 0) || !(cells > 0)) {
  process.stderr.write(usage);
  process.exitCode = 2;
} else {
  const print = (line: string) => process.stdout.write(`${line}\n`);
  const warmUpMs = Math.min(60_000, durationMs / 4);
  const result = await soak({ durationMs, cells, warmUpMs, sampleMs: 10_000, growth: 1.1, print });
  print([...result.ends].map(([end, count]) => `${end}: ${count}`).join(", "));
  for (const problem of result.problems) print(`PROBLEM: ${problem}`);
  print(result.problems.length === 0 ? `passed: ${result.cells} cells` : "failed");
  process.exitCode = result.problems.length === 0 ? 0 : 1;
}
