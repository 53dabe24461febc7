import { setTimeout as delay } from "node:timers/promises";
import { type RunningGateway, startGateway } from "../../src/index.ts";
import type { Limits } from "../../src/protocol/limits.ts";
import type { FaultProxy } from "../support/fault-proxy.ts";
import { ChaosAgent } from "./chaos-agent.ts";
import type { FaultKind } from "./fault-plan.ts";
import { type Plan, planOf, type Width } from "./plan.ts";

/** How much chaos, and which. */
export interface ChaosOptions {
  readonly runs: number;
  /** Of the first run; the others follow. */
  readonly seed: number;
  readonly print: (line: string) => void;
}

/** What chaos did, and what went wrong. */
export interface ChaosResult {
  readonly problems: readonly string[];
  readonly counts: ReadonlyMap<string, number>;
}

/** A run that takes longer hangs. */
const PATIENCE_MS = 60_000;

/** For sockets that their ends gave up: a gateway waits for `hello`, or for the answer to a close. */
const SETTLE_MS = 5_000;

const limits: Record<Width, Partial<Limits>> = {
  wide: { helloMs: 2_000 },
  narrow: {
    helloMs: 2_000,
    frameBytes: 256 * 1024,
    heldBackBytes: 64 * 1024,
    replayFrames: 2,
    cells: 3,
    callsPerCell: 4,
    callsPerSession: 8,
  },
};

/** What must be zero in the end. */
const gauges = ["cellgate_connections", "cellgate_sessions", "cellgate_cells_live", "cellgate_cells_queued"] as const;

/** Gateways of each width, with a run at a time on each: agents mostly wait. */
const LANES = 3;

/** Runs the plans of so many seeds, and prints what goes wrong. */
export async function chaos({ runs, seed, print }: ChaosOptions): Promise<ChaosResult> {
  const plans = Array.from({ length: runs }, (_, index) => planOf(seed + index));
  const counts = new Map([["runs", 0]]);
  const problems: string[] = [];
  const found = (problem: string) => {
    problems.push(problem);
    print(problem);
  };
  const lanes = (["wide", "narrow"] as const).flatMap((width) => {
    const queue = plans.filter((plan) => plan.width === width);
    return Array.from({ length: Math.min(LANES, queue.length) }, async () => {
      let lane = await Lane.open(width, counts);
      for (let plan; (plan = queue.shift());) {
        const seen = await lane.run(plan);
        for (const problem of seen) found(problem);
        if (seen.length === 0) continue;
        // What it left behind is not to be found in the next run.
        await lane.close();
        lane = await Lane.open(width, counts);
      }
      for (const problem of await lane.close()) found(problem);
    });
  });
  await Promise.all(lanes);
  return { problems, counts };
}

/** A gateway, and the runs on it. */
class Lane {
  readonly #gateway: RunningGateway;
  readonly #width: Width;
  readonly #counts: Map<string, number>;
  readonly #errors: string[];
  readonly #proxies: FaultProxy[] = [];
  /** Cells that had ended by the last look. */
  #ended = 0;

  static async open(width: Width, counts: Map<string, number>): Promise<Lane> {
    const errors: string[] = [];
    const logger = {
      info() {},
      warn() {},
      error: (fields: object, message: string) => void errors.push(`${message}: ${JSON.stringify(fields)}`),
    };
    const gateway = await startGateway({ executors: 2, limits: limits[width], logger });
    return new Lane(gateway, width, counts, errors);
  }

  private constructor(gateway: RunningGateway, width: Width, counts: Map<string, number>, errors: string[]) {
    this.#gateway = gateway;
    this.#width = width;
    this.#counts = counts;
    this.#errors = errors;
  }

  /** Returns what went wrong, each with the seed that brings it about again. */
  async run({ seed, agents: plans }: Plan): Promise<string[]> {
    const { url, token } = this.#gateway;
    const opened = (proxy: FaultProxy) => void this.#proxies.push(proxy);
    const struck = (kind: FaultKind) => this.#count(kind);
    const agents = plans.map((plan) => new ChaosAgent({ plan, url, token, width: this.#width, opened, struck }));
    const problems = await livesOf(agents);
    problems.push(...this.#errors.splice(0));
    const held = await this.#held();
    // Sockets that their ends gave up may take a little longer: close() waits for them.
    for (const name of gauges.slice(1)) {
      if (held.get(name) !== 0) problems.push(`${name} is ${held.get(name)} in the end`);
    }
    problems.push(...this.#cellsProblems(held, agents));
    this.#count("runs");
    this.#count("agents", agents.length);
    for (const { cells, calls } of agents) {
      this.#count("cells", cells.length);
      this.#count("calls", calls);
    }
    return problems.map((problem) => `seed ${seed}: ${problem}`);
  }

  /** The gateway counts cells itself: each was run once, whoever was told of it. */
  #cellsProblems(held: ReadonlyMap<string, number>, agents: readonly ChaosAgent[]): string[] {
    const earlier = this.#ended;
    this.#ended = 0;
    for (const [name, count] of held) if (name.startsWith("cellgate_cells_total")) this.#ended += count;
    const ran = this.#ended - earlier;
    const cells = agents.flatMap(({ cells }) => cells);
    const known = cells.filter(({ cellIds }) => cellIds.size > 0).length;
    // Of a cell that was aborted before it had started its agent is told nothing.
    const unknown = cells.filter(({ cellIds, isAborted }) => isAborted && cellIds.size === 0).length;
    return ran >= known && ran <= known + unknown ? [] : [`${ran} cells ran, of which agents know ${known}`];
  }

  /** Ends the gateway, when no socket is left. Returns what is left nevertheless. */
  async close(): Promise<string[]> {
    const until = performance.now() + SETTLE_MS;
    let held = await this.#held();
    while (held.get(gauges[0]) !== 0 && performance.now() < until) {
      await delay(100);
      held = await this.#held();
    }
    const left = gauges
      .filter((name) => held.get(name) !== 0)
      .map((name) => `${this.#width}: ${name} is ${held.get(name)}`);
    this.#count("resumes", held.get(`cellgate_resumes_total{gap="no"}`));
    this.#count("resumes with a gap", held.get(`cellgate_resumes_total{gap="yes"}`));
    for (const proxy of this.#proxies) proxy.close();
    await this.#gateway.close();
    return left;
  }

  /** The gateway's own numbers. */
  async #held(): Promise<Map<string, number>> {
    const { url, token } = this.#gateway;
    const metrics = new URL("/metrics", url.replace("ws:", "http:"));
    const response = await fetch(metrics, { headers: { authorization: `Bearer ${token}` } });
    const lines = (await response.text()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    return new Map(
      lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ")))]),
    );
  }

  #count(what: string, by = 1): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + by);
  }
}

/** Lets agents live, and tells what went wrong with them. */
async function livesOf(agents: readonly ChaosAgent[]): Promise<string[]> {
  const hung = delay(PATIENCE_MS, "hung", { ref: false });
  const problems: string[] = [];
  await Promise.all(
    agents.map(async (agent) => {
      try {
        if ((await Promise.race([agent.live(), hung])) === "hung") {
          problems.push(`an agent has not ended after ${PATIENCE_MS} ms`, ...agent.cellProblems());
        }
      } catch (error) {
        problems.push(`an agent failed: ${String(error)}`);
      }
      problems.push(...agent.problems);
    }),
  );
  return problems;
}
