import { parseArgs } from "node:util";
import { summarize } from "../bench/statistics.ts";
import { number, table } from "../bench/table.ts";
import { GatewayProcess } from "../support/gateway-process.ts";
import { type Comparison, compare, lossOf, type Round } from "./comparison.ts";

/** `npm run bench:observers`: exits with 0 where a session at 5,000 frames a second loses less than a tenth by being observed. */

const FRAMES_PER_SECOND = 5_000;
const MOST_LOSS = 0.1;

const usage = `Usage: npm run bench:observers -- [options]

  --rounds N   how often each is measured; default 5
  --seconds N  how long each round lasts; default 3
`;

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "3" },
    help: { type: "boolean", short: "h", default: false },
  },
});
const [rounds, ms] = [Number(values.rounds), Number(values.seconds) * 1_000];
if (values.help) process.stdout.write(usage);
else if (!(rounds > 0 && ms > 0)) {
  process.stderr.write(usage);
  process.exitCode = 2;
} else await run();

async function run(): Promise<void> {
  // A client may send 10,000 messages a second, unless it is allowed more.
  const gateway = await GatewayProcess.start({ executors: 1, limits: { framesPerSecond: 10_000_000 } });
  try {
    const atRate = await compare(gateway, rounds, (stream) => stream.atRate(FRAMES_PER_SECOND, ms));
    const flatOut = await compare(gateway, rounds, (stream) => stream.flatOut(ms));
    const rows = [...rowsOf("5,000 frames a second", atRate), ...rowsOf("as many as it can", flatOut)];
    const head = ["asked for", "observer", "frames/s", "median ms", "p99 ms", "gateway, µs a frame", "seen", "lost"];
    const loss = lossOf(atRate);
    process.stdout.write(`${table(head, rows, 2)}\n\n`);
    process.stdout.write(`At 5,000 frames a second the observed session has ${percent(loss)} fewer.\n`);
    process.exitCode = loss < MOST_LOSS ? 0 : 1;
  } finally {
    await gateway.stop();
  }
}

function rowsOf(name: string, { alone, observed }: Comparison): string[][] {
  return [
    [name, "none", ...numbersOf(alone), "", ""],
    [name, "of all frames", ...numbersOf(observed), ...countsOf(observed)],
  ];
}

/** The medians of the rounds. */
function numbersOf(rounds: readonly Round[]): string[] {
  const median = (of: (round: Round) => number) => summarize(rounds.map(of), "less")?.median ?? Number.NaN;
  return [
    number(median(({ framesPerSecond }) => framesPerSecond)),
    number(median(({ medianMs }) => medianMs)),
    number(median(({ p99Ms }) => p99Ms)),
    number(median(({ cpu, framesPerSecond }) => (cpu / framesPerSecond) * 1e6)),
  ];
}

function countsOf(rounds: readonly Round[]): string[] {
  const sum = (of: (round: Round) => number) => rounds.reduce((total, round) => total + of(round), 0);
  const [seen, dropped] = [sum(({ observer }) => observer?.seen ?? 0), sum(({ observer }) => observer?.dropped ?? 0)];
  return [seen.toLocaleString("en"), dropped.toLocaleString("en")];
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
