import { spawnSync } from "node:child_process";
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { openSync, readFileSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { open } from "node:inspector";
import { connect } from "node:net";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { confine } from "../../src/executor/confinement.ts";

/** A program that confines itself as an executor does, and prints what it may still do, and how the rest is refused. */
const self = process.argv[1] as string;

const attempts: Record<string, () => unknown> = {
  read: () => readFileSync(self),
  "read later": () => readFile(self),
  "read of its own process": () => readFileSync("/proc/self/environ"),
  open: () => openSync(self, "r"),
  write: () => writeFileSync(`${self}.written`, "x"),
  "lower its score": () => writeFileSync("/proc/self/oom_score_adj", "0"),
  import: () => import(`${pathToFileURL(self).href}?again`),
  "start a process": () => {
    const { error } = spawnSync(process.execPath, ["--version"]);
    if (error) throw error;
  },
  "start a thread": () => new Worker("1", { eval: true }),
  "load an addon": () => process.dlopen({ exports: {} }, `${self}.node`),
  "open a debugger": () => open(0),
  connect: () => once(connect(9, "127.0.0.1"), "connect"),
  "connect to a path": () => once(connect("/run/nobody.sock"), "connect"),
  resolve: () => lookup("localhost"),
  "construct a function": () => Reflect.construct(Function, ["return 1"]),
};

confine();
const answers: Record<string, string> = {};
for (const [name, attempt] of Object.entries(attempts)) {
  try {
    await attempt();
    answers[name] = "allowed";
  } catch (error) {
    answers[name] = (error as NodeJS.ErrnoException).code ?? (error as Error).name;
  }
}
console.log(JSON.stringify(answers));
process.exit();
