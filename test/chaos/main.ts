import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { chaos } from "./chaos.ts";

/** `npm run chaos`: exits with 0 where nothing was lost, done twice, or left over. */

const usage = `Usage: npm run chaos -- [options]

  --runs N  how many runs; default 500
  --seed N  of the first run, the others count up from it; default random

The seed decides what agents and cells do, and what happens to their connections: --runs 1 --seed N does again what the
run with that seed did.
`;

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "500" },
    seed: { type: "string", default: String(randomInt(2 ** 31)) },
    help: { type: "boolean", short: "h", default: false },
  },
});
const runs = Number(values.runs);
const seed = Number(values.seed);
if (values.help) process.stdout.write(usage);
else if (!Number.isSafeInteger(runs) || runs < 1 || !Number.isSafeInteger(seed)) {
  process.stderr.write(usage);
  process.exitCode = 2;
} else {
  const print = (line: string) => process.stdout.write(`${line}\n`);
  print(`seeds ${seed} to ${seed + runs - 1}`);
  const at = performance.now();
  const { counts, problems } = await chaos({ runs, seed, print });
  print([...counts].map(([what, count]) => `${what}: ${count}`).join(", "));
  const seconds = ((performance.now() - at) / 1_000).toFixed(1);
  print(`${problems.length === 0 ? "passed" : `failed with ${problems.length} problems`} in ${seconds} s`);
  // An agent that hangs would hold the process.
  process.exit(problems.length === 0 ? 0 : 1);
}
