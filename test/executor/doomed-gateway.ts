import { Pool } from "../../src/executor/pool.ts";
import { settings, startUp } from "./pool-cells.ts";

/** A program that runs the source in its argument and prints the id of its executor. It waits to be killed. */
const pool = new Pool({ executors: 1, settings });
await startUp(pool, process.argv[2] ?? "");
console.log(pool.pids[0]);
