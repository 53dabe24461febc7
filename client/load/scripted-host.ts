import type { ToolCall } from "../../src/protocol/host.ts";
import type { ToolDefinition } from "../../src/protocol/values.ts";
import { pause } from "../timer.ts";
import type { AgentHost } from "./agent-host.ts";
import { draw } from "./distribution.ts";
import type { Random } from "./random.ts";
import { ScenarioData } from "./scenario-data.ts";
import type { Scenario, ToolScript } from "./scenario.ts";

/** The host of a socket: it answers as the tools of its scenario say, and counts the notifications of each cell. */
export class ScriptedHost implements AgentHost {
  readonly #tools: NonNullable<Scenario["tools"]>;
  readonly #socket: number;
  readonly #random: Random;
  readonly #notifications = new Map<string, number>();
  #calls = 0;
  #notified = 0;

  constructor(tools: Scenario["tools"], socket: number, random: Random) {
    this.#tools = tools ?? {};
    this.#socket = socket;
    this.#random = random;
  }

  get definitions(): ToolDefinition[] {
    return Object.entries(this.#tools).map(([name, { description = "", timeoutMs }]) => {
      return { name, description, timeoutMs };
    });
  }

  async invokeTool({ name, input }: ToolCall, signal: AbortSignal): Promise<unknown> {
    this.#calls += 1;
    const tool = this.#tools[name];
    if (!tool) throw Object.assign(new Error(`no tool ${name}`), { code: "tool_unavailable" });
    await this.#latency(tool, signal);
    if (tool.failureRate !== undefined && this.#random.next() < tool.failureRate) {
      throw Object.assign(new Error("failed, as the scenario wants it"), { code: "E_LOAD" });
    }
    const data = () => new ScenarioData(this.#socket, 0, this.#random);
    if (tool.run) return tool.run(input, data());
    return tool.resultBytes === undefined ? input : data().text(Math.round(draw(tool.resultBytes, this.#random)));
  }

  /** Not used: notifications are counted as they come. */
  notify(): void {}

  /** A cell pushed text. */
  notified(cellId: string): void {
    this.#notified += 1;
    this.#notifications.set(cellId, this.notificationsOf(cellId) + 1);
  }

  /** How many notifications of the cell came since {@link forget}. */
  notificationsOf(cellId: string): number {
    return this.#notifications.get(cellId) ?? 0;
  }

  /** Another flow begins: cells of the one before are of no more interest. */
  forget(): void {
    this.#notifications.clear();
  }

  /** Calls and notifications since this was last asked. */
  takeCounts(): { calls: number; notifications: number } {
    const counts = { calls: this.#calls, notifications: this.#notified };
    this.#calls = 0;
    this.#notified = 0;
    return counts;
  }

  async #latency({ latencyMs = 0 }: ToolScript, signal: AbortSignal): Promise<void> {
    if (latencyMs === "never") return new Promise(() => {});
    const ms = draw(latencyMs, this.#random);
    // No timer for what is there at once: it would take a millisecond.
    if (ms > 0) await pause(ms, signal);
  }
}
