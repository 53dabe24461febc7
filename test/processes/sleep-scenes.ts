import type { StateEvent } from "../../client/index.ts";
import type { CellgateProcess } from "../support/cellgate-process.ts";
import type { AgentProcess } from "./agent-process.ts";

/** A gateway and an agent that is connected to it, each in a process of its own. */
export interface Pair {
  readonly gateway: CellgateProcess;
  readonly agent: AgentProcess;
}

/** Who sleeps, and what is to come of it. */
export interface SleepScene {
  readonly name: string;
  /** Ids of the processes that stand still. */
  sleepers(pair: Pair): number[];
  /** Resolves when whoever is awake has found out. */
  noticed(pair: Pair): Promise<unknown>;
  /** What a cell puts out meanwhile is more than sockets take. */
  readonly floods?: boolean;
  /** The states of the agent's connection, each once, in their order. */
  readonly states: readonly StateEvent["state"][];
}

const steady = ["connecting", "open"] as const;
const resumed = ["connecting", "open", "lost", "resumed"] as const;

/** Nobody is awake to find out. */
const nobody = async () => {};

export const sleepScenes: readonly SleepScene[] = [
  {
    name: "the gateway's process stands still",
    sleepers: ({ gateway }) => [gateway.pid],
    noticed: ({ agent }) => agent.until("lost"),
    states: resumed,
  },
  {
    name: "the gateway's machine sleeps",
    sleepers: ({ gateway }) => [gateway.pid, ...gateway.executors()],
    noticed: ({ agent }) => agent.until("lost"),
    states: resumed,
  },
  {
    name: "the agent sleeps",
    sleepers: ({ agent }) => [agent.pid],
    noticed: ({ gateway }) => gateway.logged(`"code":4440`),
    states: resumed,
  },
  {
    name: "the agent sleeps and has much to read",
    sleepers: ({ agent }) => [agent.pid],
    noticed: ({ gateway }) => gateway.logged(`"code":4431`),
    floods: true,
    states: resumed,
  },
  {
    name: "both sleep, as on one laptop",
    sleepers: ({ gateway, agent }) => [agent.pid, gateway.pid, ...gateway.executors()],
    noticed: nobody,
    states: steady,
  },
];
