import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { runLoad } from "../../client/load/load.ts";
import { readLoadOptions, UsageError } from "../../client/load/load-options.ts";
import type { PlanOptions } from "../../client/load/load-plan.ts";
import { loadScenario } from "../../client/load/scenario-source.ts";
import { processTree } from "../bench/processes.ts";
import { untilGone } from "../executor/process-signs.ts";
import { CellgateProcess } from "../support/cellgate-process.ts";
import { TemporaryFile } from "../support/temporary-file.ts";

function cellgate(...args: string[]): CellgateProcess {
  const started = new CellgateProcess(["load", ...args]);
  onTestFinished(() => void started.child.kill("SIGKILL"));
  return started;
}

test("cellgate load spawns a gateway, prints a summary, writes JSON, a report and a trace, and exits 0", async () => {
  const folder = await mkdtemp(join(tmpdir(), "cellgate-load-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const [json, html, trace] = ["a.json", "a.html", "a.jsonl"].map((name) => join(folder, name));
  const files = ["--json", json!, "--html", html!, "--record", trace!];
  const load = cellgate("noop", "--spawn", "--count", "5", ...files, "--fail", "execute.p50>1m", "--", "--executors=1");
  expect(await load.exited).toEqual({ code: 0, signal: null });
  expect(load.out).toMatch(/^noop: cells that do nothing/);
  expect(load.out).toMatch(/^execute +5 /m);
  expect(load.out).toContain("nothing was lost\n");
  expect(JSON.parse(await readFile(json!, "utf8"))).toMatchObject({
    type: "cellgate.load",
    gateway: { flags: ["--executors=1"] },
    checks: [{ condition: "execute.p50>1m", failed: false }],
  });
  expect(await readFile(html!, "utf8")).toContain("<h1>noop</h1>");
  expect((await readFile(trace!, "utf8")).split("\n").length).toBeGreaterThan(20);
  const again = cellgate("compare", json!, json!);
  expect(await again.exited).toEqual({ code: 0, signal: null });
  expect(again.out).toContain("errors");
});

test("a condition that holds makes the exit code 1", async () => {
  const load = cellgate("noop", "--spawn", "--count", "1", "--fail", "execute.max>0ms", "--", "--executors=1");
  expect(await load.exited).toEqual({ code: 1, signal: null });
  expect(load.out).toMatch(/^FAILED: execute\.max>0ms: got /m);
});

test("a gateway that does not start, or is not there, makes the exit code 1, and the message says why", async () => {
  const load = cellgate("noop", "--spawn", "--", "--executors=0");
  expect(await load.exited).toEqual({ code: 1, signal: null });
  expect(load.err).toMatch(/^cellgate load: the gateway did not start: .*--executors/);
});

test("what cannot be understood makes the exit code 2", async () => {
  const load = cellgate("noop");
  expect(await load.exited).toEqual({ code: 2, signal: null });
  expect(load.err).toBe("cellgate load: expected --url or --spawn\nSee cellgate load --help.\n");
});

test.each([
  [["--spawn"], "expected the name or the path of one scenario"],
  [["noop", "--url", "ws://127.0.0.1:1"], "expected --token, or the variable CELLGATE_TOKEN"],
  [["noop", "--url", "ws://127.0.0.1:1", "--token", "x", "--", "--cells=1"], "flags behind -- are for --spawn"],
  [["noop", "--spawn", "--rate", "0"], "--rate: expected a number above 0, got 0"],
  [["noop", "--spawn", "--sockets", "1.5"], "--sockets: expected a whole number from 1, got 1.5"],
  [["noop", "--spawn", "--duration", "long"], "--duration: expected a time such as 30s, got long"],
  [["noop", "--spawn", "--subprotocol", "xml"], "--subprotocol: expected msgpack or json, got xml"],
  [["noop", "--spawn", "--fail", "x"], "--fail: expected a condition such as execute.p99>50ms"],
  [["noop", "--spawn", "--what"], "--what"],
])("%j is refused, and the message says what was expected", (args, message) => {
  expect(() => readLoadOptions(args, {})).toThrow(UsageError);
  expect(() => readLoadOptions(args, {})).toThrow(message);
});

test.each<[string, PlanOptions, string]>([
  ["nothing", {}, "expected the path of a scenario or one of noop, one-tool"],
  ["./nothing.json", {}, "./nothing.json: ENOENT"],
  ["noop", { rate: 5, concurrency: 5 }, "expected a rate or a concurrency, got both"],
  ["reconnect-storm", { rate: 5 }, "each socket does it once"],
])("%s with %j cannot be, and the message says why", async (scenario, plan, message) => {
  await expect(runLoad({ scenario, plan })).rejects.toThrow(message);
});

test("what a scenario in a file lacks or misspells is named with its path", async () => {
  const file = new TemporaryFile();
  const named = Object.assign(file, { path: `${file.path}.json` });
  onTestFinished(() => named.remove());
  const scenario = { name: "x", about: "", flows: [{ steps: [{ do: "execute", source: "1", yeildMs: 5 }] }] };
  await named.write(scenario);
  await expect(loadScenario(named.path)).rejects.toThrow(
    "scenario.flows[0].steps[0].yeildMs: expected one of do, source",
  );
  await named.write({ ...scenario, flows: [{ steps: [{ do: "dance" }] }] });
  await expect(loadScenario(named.path)).rejects.toThrow(
    "scenario.flows[0].steps[0].do: expected one of execute, wait",
  );
  await named.write({ ...scenario, flows: [{ steps: [{ do: "think", ms: { uniform: [1] } }] }] });
  await expect(loadScenario(named.path)).rejects.toThrow("steps[0].ms.uniform: expected two numbers, got a list of 1");
});

test("--help lists flags and scenarios, and exits 0", async () => {
  const load = cellgate("--help");
  expect(await load.exited).toEqual({ code: 0, signal: null });
  expect(load.out).toMatch(/--rate R .*\n[^]*reconnect-storm +sockets that are all cut/);
});

/** A load that goes on, with the ids of its gateway and of the executors of that. */
async function goingOn(): Promise<{ load: CellgateProcess; others: number[] }> {
  const load = cellgate(
    "noop",
    "--spawn",
    "--sockets",
    "2",
    "--warm-up",
    "0",
    "--duration",
    "60s",
    "--",
    "--executors=1",
  );
  await load.logged("1 of 60 s");
  return { load, others: processTree(load.pid).slice(1) };
}

test.each(["SIGINT", "SIGKILL"] as const)(
  "after %s its gateway is gone, and all of that",
  async (signal) => {
    const { load, others } = await goingOn();
    expect(others.length).toBeGreaterThanOrEqual(2);
    load.child.kill(signal);
    for (const pid of others) await untilGone(pid, 10_000);
    const { code } = await load.exited;
    expect(code).toBe(signal === "SIGINT" ? 130 : null);
    if (signal === "SIGINT") expect(load.out).toMatch(/^execute +[\d,]+ /m);
  },
  30_000,
);
