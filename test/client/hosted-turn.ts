import { type Tool, ToolHost, type Tools } from "../../client/tools.ts";
import type { TurnOptions } from "../../client/turn-options.ts";
import type { JsonValue } from "../../src/protocol/values.ts";
import { FakeGateway } from "./fake-gateway.ts";

export const tool = (run: Tool["run"]): Tool => ({ description: "", run });

/** The gateway's end of a turn that is yet to be attached, and what the turn reports. */
export function hostedTurn() {
  const gateway = new FakeGateway();
  const errors: unknown[] = [];
  const attach = (options: Partial<TurnOptions>) =>
    gateway.welcome({ onError: (error) => errors.push(error), ...options });
  const attachTools = (tools: Tools) => attach({ host: new ToolHost(tools) });
  const call = (name: string, input?: JsonValue, callId = "c.1", cellId = "c") =>
    gateway.say({ type: "tool_call", callId, cellId, name, kind: "function", input });
  const notify = (text: string) => gateway.say({ type: "notify", cellId: "c", toolCallId: "t", text });
  return { gateway, errors, attach, attachTools, call, notify };
}
