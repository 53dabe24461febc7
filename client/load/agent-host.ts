import type { Host } from "../../src/protocol/host.ts";
import type { ToolDefinition } from "../../src/protocol/values.ts";

/** What the socket of a load has for a host. Notifications are handed to it at once, by `notified`. */
export interface AgentHost extends Host {
  /** The tools that a turn declares. */
  readonly definitions: ToolDefinition[];
  /** A cell pushed text. */
  notified(cellId: string, text: string): void;
  /** Calls and notifications since this was last asked. */
  takeCounts(): { calls: number; notifications: number };
}
