import type { Scenario } from "../scenario.ts";
import { bigOutput } from "./big-output.ts";
import { chatty } from "./chatty.ts";
import { fanOut } from "./fan-out.ts";
import { flakyNetwork } from "./flaky-network.ts";
import { hostile } from "./hostile.ts";
import { longParked } from "./long-parked.ts";
import { mixedAgents } from "./mixed-agents.ts";
import { noop } from "./noop.ts";
import { notifyStorm } from "./notify-storm.ts";
import { oneTool } from "./one-tool.ts";
import { reconnectStorm } from "./reconnect-storm.ts";

/** The scenarios that need no file, from the simplest to the worst. */
export const builtInScenarios: readonly Scenario[] = [
  noop,
  oneTool,
  fanOut,
  chatty,
  longParked,
  bigOutput,
  notifyStorm,
  flakyNetwork,
  reconnectStorm,
  mixedAgents,
  hostile,
];
