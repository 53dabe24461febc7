import { parseArgs } from "node:util";
import { compareLoads, type Difference, isWorse } from "../../client/load/compare/comparison.ts";
import { runLoad } from "../../client/load/load.ts";
import type { LoadResult } from "../../client/load/result.ts";
import { SpawnedGateway } from "../../client/load/spawned-gateway.ts";
import { FaultProxy } from "../support/fault-proxy.ts";

/** `npm run load:planted`: whether the comparison of two runs finds a delay that was planted, and none that was not. */

const usage = `Usage: npm run load:planted -- [options]

  --tries N     pairs of runs, of each kind; default 10
  --seconds N   how long a run counts; default 10
  --delay N     milliseconds that everything from the gateway takes longer; default 5
  --scenario S  default one-tool
`;

const { values } = parseArgs({
  options: {
    tries: { type: "string", default: "10" },
    seconds: { type: "string", default: "10" },
    delay: { type: "string", default: "5" },
    scenario: { type: "string", default: "one-tool" },
    help: { type: "boolean", short: "h", default: false },
  },
});

if (values.help) process.stdout.write(usage);
else process.exitCode = (await tryAll(Number(values.tries))) ? 0 : 1;

async function tryAll(tries: number): Promise<boolean> {
  let [found, invented] = [0, 0];
  for (let at = 1; at <= tries; at++) {
    const before = await run(0);
    const same = compareLoads(before, await run(0));
    const slower = compareLoads(before, await run(Number(values.delay)));
    if (isWorse(slower)) found += 1;
    if (isWorse(same)) invented += 1;
    print(`try ${at}: nothing planted: ${textOf(same.differences)}`);
    print(`       ${values.delay} ms planted:    ${textOf(slower.differences)}`);
  }
  print(`planted and found: ${found} of ${tries}; not planted, and found all the same: ${invented} of ${tries}`);
  return found === tries && invented === 0;
}

/** A run against a gateway of its own, by way of a proxy, which the runs without a delay have as well. */
async function run(delayMs: number): Promise<LoadResult> {
  const gateway = await SpawnedGateway.start([]);
  const proxy = await FaultProxy.open(gateway.url);
  proxy.pace.gateway.delayMs = delayMs;
  try {
    return await runLoad({
      scenario: values.scenario,
      gateway: { url: proxy.url, token: gateway.token },
      plan: { sockets: 20, rate: 100, warmUpMs: 2_000, durationMs: Number(values.seconds) * 1_000 },
    });
  } finally {
    proxy.close();
    await gateway.stop();
  }
}

function textOf(differences: readonly Difference[]): string {
  return differences
    .filter(({ what }) => what.startsWith("execute"))
    .map(({ what, before, after, verdict }) => `${what} ${before.toFixed(2)} → ${after.toFixed(2)} ms ${verdict}`)
    .join("; ");
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
