import type { Scenario } from "../scenario.ts";
import { noop } from "./noop.ts";

/** The scenarios that need no file. */
export const builtInScenarios: readonly Scenario[] = [noop];
