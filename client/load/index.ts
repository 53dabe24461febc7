export type { Distribution } from "./distribution.ts";
export type { ScenarioData } from "./scenario-data.ts";
export type { Expectation, Flow, LoadShape, Scenario, Step, ToolScript } from "./scenario.ts";
export type { Template } from "./template.ts";
