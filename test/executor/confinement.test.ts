import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { nodeFlags } from "../../src/executor/node-flags.ts";
import { defaultLimits } from "../../src/protocol/limits.ts";
import { Pool } from "../../src/executor/pool.ts";
import { runCell, settings } from "./pool-cells.ts";

const gatewayProgram = fileURLToPath(new URL("doomed-gateway.ts", import.meta.url));
const confinedProgram = fileURLToPath(new URL("confined-program.ts", import.meta.url));
const read = (pid: number, file: string): string => readFileSync(`/proc/${pid}/${file}`, "utf8").trim();

test("an executor process is what the kernel ends when memory runs out, and the gateway is not", async () => {
  const pool = new Pool({ executors: 1, settings });
  onTestFinished(() => pool.close());
  await runCell(pool, "1");
  expect(read(pool.pids[0] as number, "oom_score_adj")).toBe("900");
  expect(Number(read(process.pid, "oom_score_adj"))).toBeLessThan(900);
});

test("an executor process that stands higher on that list already stays where it is", async () => {
  const script = `echo 950 > /proc/self/oom_score_adj; exec "$0" "$1" ""`;
  const gateway = spawn("bash", ["-c", script, process.execPath, gatewayProgram]);
  onTestFinished(() => void gateway.kill("SIGKILL"));
  const [printed] = (await once(gateway.stdout, "data")) as [Buffer];
  expect(read(Number(printed.toString()), "oom_score_adj")).toBe("950");
});

test("a core dump of an executor process has nothing of its memory", async () => {
  const pool = new Pool({ executors: 1, settings });
  onTestFinished(() => pool.close());
  await runCell(pool, "1");
  expect(Number.parseInt(read(pool.pids[0] as number, "coredump_filter"), 16)).toBe(0);
});

test.each(["on", "off"] as const)(
  "with jit %s, an executor's own code can reach nothing once it has started",
  (jit) => {
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [...nodeFlags(jit, defaultLimits.heapBytes), confinedProgram],
      {
        env: {},
        encoding: "utf8",
      },
    );
    expect(stderr).toBe("");
    const answers = JSON.parse(stdout) as Record<string, string>;
    const { "construct a function": construct, ...others } = answers;
    expect(construct).toBe("EvalError");
    for (const [name, answer] of Object.entries(others)) expect([name, answer]).toEqual([name, "ERR_ACCESS_DENIED"]);
  },
);
