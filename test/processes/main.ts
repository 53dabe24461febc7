import { parseArgs } from "node:util";
import type { StateEvent } from "../../client/index.ts";
import { sleepThrough } from "./sleep.ts";
import { sleepScenes } from "./sleep-scenes.ts";

/** `npm run sleep`: exits with 0 where nothing is lost by a sleep, with limits as they come. */

const usage = `Usage: npm run sleep -- [options]

  --seconds N  how long each sleep lasts; default 60

All scenes take place at the same time. A sleep lasts until whoever is awake has noticed, if that is longer.
`;

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    help: { type: "boolean", short: "h", default: false },
  },
});
const sleepMs = Number(values.seconds) * 1_000;
const print = (line: string) => process.stdout.write(`${line}\n`);
if (values.help) process.stdout.write(usage);
else if (!(sleepMs > 0)) {
  process.stderr.write(usage);
  process.exitCode = 2;
} else {
  await Promise.all(
    sleepScenes.map(async (scene) => {
      const { sleptMs, states, problems } = await sleepThrough(scene, { sleepMs, flags: [] });
      print(`${scene.name}, for ${(sleptMs / 1_000).toFixed(1)} s: ${states.map(shortly).join(", ")}`);
      for (const problem of problems) print(`PROBLEM: ${scene.name}: ${problem}`);
      if (problems.length > 0) process.exitCode = 1;
    }),
  );
  print(process.exitCode === undefined ? "passed" : "failed");
}

function shortly(event: StateEvent): string {
  if (event.state === "lost") return `lost (${event.closure.code})`;
  if (event.state === "resumed") return event.complete ? "resumed" : "resumed with a gap";
  return event.state;
}
