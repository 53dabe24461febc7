import { parseArgs } from "node:util";
import { summarize } from "../../bench/statistics.ts";
import { number, table } from "../../bench/table.ts";
import { compare, lossOf, type Round } from "../../observing/comparison.ts";
import { ChromiumProcess } from "../../support/chromium-process.ts";
import { GatewayProcess } from "../../support/gateway-process.ts";
import { frameTimesText } from "./frame-times.ts";
import { PageObserver, type PageUse } from "./page-observer.ts";

/**
 * `npm run bench:dashboard`: a session at 5,000 frames a second, in turns with nobody and with an open dashboard on all of
 * its frames. Exits with 0 where it loses less than a tenth by that.
 */

const FRAMES_PER_SECOND = 5_000;
const MOST_LOSS = 0.1;

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "5" }, seconds: { type: "string", default: "5" } },
});
const gateway = await GatewayProcess.start({ executors: 1 });
const chromium = await ChromiumProcess.launch();
try {
  const context = await chromium.context();
  const uses: PageUse[] = [];
  const comparison = await compare(
    gateway,
    Number(values.rounds),
    (stream) => stream.atRate(FRAMES_PER_SECOND, Number(values.seconds) * 1_000),
    (sessionId) => PageObserver.open(context, gateway, sessionId, (use) => void uses.push(use)),
  );
  const loss = lossOf(comparison);
  const rows = [rowOf("none", comparison.alone), rowOf("open", comparison.observed)];
  const head = ["dashboard", "frames/s", "median ms", "p99 ms", "gateway, cores", "shown", "lost"];
  process.stdout.write(`${table(head, rows, 1)}\n\n`);
  for (const { frames } of uses) process.stdout.write(`The page's ${frameTimesText(frames)}\n`);
  const clicks = summarize(
    uses.flatMap((use) => use.clicks),
    "less",
  );
  if (clicks)
    process.stdout.write(
      `A click in it took ${clicks.median.toFixed(0)} ms at the median, ${clicks.p99.toFixed(0)} at p99.\n`,
    );
  process.stdout.write(`With the dashboard open the session has ${(loss * 100).toFixed(1)} % fewer frames a second.\n`);
  process.exitCode = loss < MOST_LOSS ? 0 : 1;
} finally {
  await chromium.close();
  await gateway.stop();
}

/** The medians of the rounds, and all that was seen. */
function rowOf(name: string, rounds: readonly Round[]): string[] {
  const median = (of: (round: Round) => number) => number(summarize(rounds.map(of), "less")?.median ?? Number.NaN);
  const sum = (of: (round: Round) => number) => rounds.reduce((total, round) => total + of(round), 0);
  return [
    name,
    median(({ framesPerSecond }) => framesPerSecond),
    median(({ medianMs }) => medianMs),
    median(({ p99Ms }) => p99Ms),
    median(({ cpu }) => cpu),
    sum(({ observer }) => observer?.seen ?? 0).toLocaleString("en"),
    sum(({ observer }) => observer?.dropped ?? 0).toLocaleString("en"),
  ];
}
