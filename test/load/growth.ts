import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { durationText, significant } from "../../client/load/duration.ts";
import { runLoad } from "../../client/load/load.ts";
import { mainMetric } from "../../client/load/report/load-plots.ts";
import type { GrowthAxis, GrowthPoint } from "./growth-axis.ts";
import { growthSvg } from "./growth-plot.ts";

/** `npm run load:growth`: how throughput and latency grow with sockets, cells in flight, payload and executors. */

const scratch = mkdtempSync(join(tmpdir(), "cellgate-growth-"));
process.once("exit", () => rmSync(scratch, { recursive: true }));

const folder = new URL("../../docs/load/", import.meta.url);

const { values } = parseArgs({
  options: { seconds: { type: "string", default: "5" }, axis: { type: "string", multiple: true } },
});
const timing = { warmUpMs: 1_500, durationMs: Number(values.seconds) * 1_000 };

const count = (at: number): string => at.toLocaleString("en");

const axes: readonly GrowthAxis[] = [
  {
    name: "sockets",
    title: "Sockets",
    about: "idle but for 100 no-op cells a second in all",
    textOf: count,
    places: [1, 10, 100, 500, 1_000, 2_000, 5_000],
    ask: (sockets) => ({ scenario: "noop", plan: { sockets, rate: 100, ...timing } }),
  },
  {
    name: "in-flight",
    title: "Cells in flight",
    about: "no-op cells, one at a time on each socket",
    textOf: count,
    places: [1, 2, 4, 8, 16, 32, 64, 128, 256],
    ask: (sockets) => ({ scenario: "noop", plan: { sockets, ...timing } }),
  },
  {
    name: "payload",
    title: "Payload",
    about: "one text of this size a cell, on two sockets",
    textOf: (bytes) => (bytes < 1_000 ? `${bytes} B` : bytes < 1e6 ? `${bytes / 1e3} KB` : `${bytes / 1e6} MB`),
    places: [100, 1_000, 10_000, 100_000, 1_000_000, 4_000_000],
    ask: (bytes) => ({ scenario: writePayloadScenario(bytes), plan: { sockets: 2, ...timing } }),
  },
  {
    name: "executors",
    title: "Executors",
    about: "no-op cells, 16 in flight",
    textOf: count,
    places: [1, 2, 3, 4],
    ask: (at) => ({ scenario: "noop", plan: { sockets: 16, ...timing }, flags: [`--executors=${at}`] }),
  },
];

await mkdir(folder, { recursive: true });
for (const axis of axes) {
  if (values.axis && !values.axis.includes(axis.name)) continue;
  const points: GrowthPoint[] = [];
  for (const at of axis.places) points.push(await measure(axis, at));
  await writeFile(new URL(`${axis.name}.json`, folder), `${JSON.stringify(points, undefined, 2)}\n`);
  await writeFile(new URL(`${axis.name}.svg`, folder), growthSvg(axis, points));
}

async function measure(axis: GrowthAxis, at: number): Promise<GrowthPoint> {
  const { scenario, plan, flags } = axis.ask(at);
  const result = await runLoad({ scenario, plan, gatewayFlags: flags });
  const main = mainMetric(result);
  if (!main || result.errors.length > 0) throw new Error(`${axis.name} ${at}: ${JSON.stringify(result.errors)}`);
  const seconds = result.timeline.flatMap(({ isWarmUp, gateway }) => (isWarmUp || !gateway ? [] : [gateway]));
  const mean = (numbers: (number | undefined)[]) => {
    const known = numbers.filter((number) => number !== undefined);
    return known.reduce((sum, number) => sum + number, 0) / Math.max(1, known.length);
  };
  const point: GrowthPoint = {
    at,
    perSecond: round(main.perSecond),
    p50: round(main.p50),
    p99: round(main.p99),
    gatewayMiB: Math.round((seconds.at(-1)?.rssBytes ?? 0) / 2 ** 20),
    gatewayCpu: round(mean(seconds.map(({ cpu }) => cpu))),
    executorCpu: round(mean(seconds.map(({ executorCpu }) => executorCpu))),
    busy: round(result.machine.busy * result.machine.cores),
  };
  const { perSecond, p50, p99 } = point;
  const times = `p50 ${durationText(p50)}, p99 ${durationText(p99)}`;
  process.stdout.write(`${axis.name} ${axis.textOf(at)}: ${significant(perSecond)} a second, ${times}\n`);
  return point;
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}

/** A scenario of one size, in a file: workers read it themselves. Returns its path. */
function writePayloadScenario(bytes: number): string {
  const source = `text("0123456789".repeat(${bytes / 10}))`;
  const steps = [{ do: "execute", source, yieldMs: null, expect: { textLength: bytes } }];
  const path = join(scratch, `payload-${bytes}.json`);
  writeFileSync(path, JSON.stringify({ name: "payload", about: "text of one size", flows: [{ steps }] }));
  return path;
}
