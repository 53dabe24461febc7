import type { Subprotocol } from "../../src/protocol/codec.ts";
import { turnAddress } from "../address.ts";
import { doubtsOf } from "./doubts.ts";
import { GatewayWatch } from "./gateway-watch.ts";
import { type LoadPlan, planOf, type PlanOptions } from "./load-plan.ts";
import { LoadRun } from "./load-run.ts";
import { Machine } from "./machine.ts";
import type { LoadResult, TimelineSecond } from "./result.ts";
import type { Scenario } from "./scenario.ts";
import { loadScenario } from "./scenario-source.ts";
import { SpawnedGateway } from "./spawned-gateway.ts";

/** What is to be loaded, with what, and who hears how it goes. */
export interface LoadRequest {
  /** The name of a built-in scenario, or the path of one. */
  readonly scenario: string;
  /** Where the gateway is, and the token for it. Absent: one is spawned. */
  readonly gateway?: { readonly url: string; readonly token: string } | undefined;
  /** For a gateway that is spawned. */
  readonly gatewayFlags?: readonly string[] | undefined;
  readonly plan?: PlanOptions | undefined;
  /** Default: as the scenario says. */
  readonly subprotocol?: Subprotocol | undefined;
  /** Told the lines of a trace of all that goes over the sockets. Default: nothing is recorded. */
  readonly onRecorded?: ((text: string) => void) | undefined;
  /** Told each second. */
  readonly onSecond?: ((second: TimelineSecond, errors: number, plan: LoadPlan) => void) | undefined;
  /** When it is aborted no more flows begin, and what is there so far is the result. */
  readonly signal?: AbortSignal | undefined;
}

/** Sockets and sessions that others may have beside those of the load. */
const SPARE = 100;
/** So many of each a gateway takes by default. */
const DEFAULT_ROOM = 1_000;

/** Runs a load from beginning to end. Rejects where the scenario, the plan or the gateway cannot be had. */
export async function runLoad(request: LoadRequest): Promise<LoadResult> {
  const { scenario } = await loadScenario(request.scenario);
  const { onRecorded } = request;
  // One worker writes in the order in which things happen.
  const plan = planOf(scenario, { ...request.plan, ...(onRecorded ? { workers: 1 } : {}) });
  const { gatewayFlags = [], gateway: given } = request;
  const spawned = given ? undefined : await SpawnedGateway.start([...flagsFor(scenario, plan), ...gatewayFlags]);
  try {
    request.signal?.throwIfAborted();
    const { url, token } = given ?? spawned ?? {};
    if (url === undefined || token === undefined) throw new Error("expected a gateway, got none");
    const address = turnAddress(url);
    return await loadGateway(request, scenario, plan, { address, token, spawned });
  } finally {
    await spawned?.stop();
  }
}

interface LoadedGateway {
  readonly address: string;
  readonly token: string;
  readonly spawned: SpawnedGateway | undefined;
}

async function loadGateway(
  request: LoadRequest,
  scenario: Scenario,
  plan: LoadPlan,
  { address, token, spawned }: LoadedGateway,
): Promise<LoadResult> {
  const { subprotocol = scenario.subprotocol ?? "cellgate.v1.msgpack", signal, onSecond, onRecorded } = request;
  const watch = new GatewayWatch({ address, token, pid: spawned?.pid });
  const machine = new Machine();
  const run = new LoadRun({
    scenario: request.scenario,
    plan,
    target: { address, token, subprotocol },
    watchGateway: () => watch.look(),
    machine,
    onRecorded,
    onSecond: (second, errors) => onSecond?.(second, errors, plan),
  });
  const stop = () => run.stop();
  signal?.addEventListener("abort", stop);
  try {
    const measured = await run.run();
    const base = {
      type: "cellgate.load",
      version: 1,
      scenario: { name: scenario.name, about: scenario.about },
      plan,
      machine: machine.summary(),
      gateway: { url: address, flags: spawned?.flags },
      ...measured,
      checks: [],
    } as const;
    const unseen = watch.problem === undefined ? [] : [`the gateway's own numbers are missing: ${watch.problem}`];
    return { ...base, doubts: [...doubtsOf(base), ...unseen] };
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

/** What a gateway needs for as many sockets, and for the scenario. */
function flagsFor({ gatewayFlags = [] }: Scenario, { sockets }: LoadPlan): string[] {
  const room = sockets + SPARE;
  if (room <= DEFAULT_ROOM) return [...gatewayFlags];
  const limits = ["sessions", "sessions-per-principal", "sockets-per-principal"];
  const flags = limits.map((limit) => `--${limit}=${room}`);
  return [...flags, `--connections=${Math.max(10_000, room)}`, ...gatewayFlags];
}
