import { closeSync, openSync } from "node:fs";
import { Pool } from "../../src/executor/pool.ts";
import { runCell, settings, startUp } from "./pool-cells.ts";

/** A program that loses its executor while it has no descriptors left, and says what becomes of its cells. */
const lost: string[] = [];
const replaced = Promise.withResolvers<void>();
const pool = new Pool({
  executors: 1,
  settings,
  onLost(why) {
    lost.push(why);
    if (lost.length === 2) replaced.resolve();
  },
});
const cell = await startUp(pool, "await new Promise(() => {})");
const descriptors: number[] = [];
try {
  for (;;) descriptors.push(openSync("/dev/null", "r"));
} catch {
  // None is left.
}
process.kill(pool.pids[0] as number, "SIGKILL");
const first = await cell.ended;
await replaced.promise;
const second = await runCell(pool, `text("unheard")`);
for (const descriptor of descriptors) closeSync(descriptor);
let third = await runCell(pool, `text("again")`);
while (third.how !== "finished") {
  await new Promise((resolve) => setTimeout(resolve, 20));
  third = await runCell(pool, `text("again")`);
}
await pool.close();
console.log(JSON.stringify({ lost: lost.slice(0, 2), first, second: second.error, third: third.texts }));
