import { closeSync, openSync } from "node:fs";
import { Pool } from "../../src/executor/pool.ts";
import { runCell, settings, startUp } from "./pool-cells.ts";

/**
 * A program that loses its executor and the spare while it has no descriptors left, and says what becomes of its cells.
 */
const lost: string[] = [];
const descriptors: number[] = [];
const replaced = Promise.withResolvers<void>();
const pool = new Pool({
  executors: 1,
  settings,
  onLost(why) {
    lost.push(why);
    // Those of the lost process are free again.
    if (lost.length <= 3) takeAll();
    if (lost.length === 3) replaced.resolve();
  },
});

function takeAll(): void {
  try {
    for (;;) descriptors.push(openSync("/dev/null", "r"));
  } catch {
    // None is left.
  }
}

// As a server would, it keeps the program going until the pool tries again.
const server = setInterval(() => {}, 1_000);
const cell = await startUp(pool, "await new Promise(() => {})");
takeAll();
for (const { pid } of pool.status.processes) process.kill(pid, "SIGKILL");
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
clearInterval(server);
console.log(JSON.stringify({ lost: lost.slice(0, 3), first, second: second.error, third: third.texts }));
