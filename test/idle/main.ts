import { parseArgs } from "node:util";
import { described, type Held, holdCalls, holdIdle } from "./idle.ts";

/** `npm run idle`: exits with 0 where an idle turn takes no more of the gateway than is aimed at. */

/** Bytes of the gateway's memory that an idle turn may take. */
const AIM = 25_000;

const usage = `Usage: npm run idle -- [options]

  --turns N  turns that do nothing, held until the gateway has pinged each; default 5000
  --calls N  turns with a cell each that waits for a tool call; default 1000

Each socket takes a descriptor here and one of the gateway's: ulimit -n must allow for them.
`;

const { values } = parseArgs({
  options: {
    turns: { type: "string", default: "5000" },
    calls: { type: "string", default: "1000" },
    help: { type: "boolean", short: "h", default: false },
  },
});
const [turns, calls] = [Number(values.turns), Number(values.calls)];
if (values.help) process.stdout.write(usage);
else if (!Number.isInteger(turns) || !Number.isInteger(calls) || turns < 1 || calls < 1) {
  process.stderr.write(usage);
  process.exitCode = 2;
} else {
  const show = (what: string, held: Held) => process.stdout.write(`${described(what, held)}\n`);
  const idle = await holdIdle({ turns });
  show("idle turns", idle);
  show("turns with a call each", await holdCalls({ turns: calls }));
  if (idle.rssEach > AIM) {
    process.stdout.write(`failed: expected at most ${AIM} bytes an idle turn, got ${idle.rssEach.toFixed(0)}\n`);
    process.exitCode = 1;
  }
}
