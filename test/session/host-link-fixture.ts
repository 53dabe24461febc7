import type { CallAnswer } from "../../src/executor/executor.ts";
import type { ToolCall } from "../../src/protocol/host.ts";
import { defaultLimits } from "../../src/protocol/limits.ts";
import { HostLink } from "../../src/session/host-link.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { RecordingHost } from "./recording-host.ts";

const limits = {
  ...defaultLimits,
  callsPerSession: 3,
  callBytesPerSession: 20,
  notificationsPerSession: 4,
  notificationBytesPerSession: 20,
};

/** A link, and calls of it under ids such as `a.1`: the call 1 of cell a. */
export function openLink() {
  const clock = new FakeClock();
  const link = new HostLink(limits, clock);
  const settled: [callId: string, answer: CallAnswer][] = [];
  const call = (callId: string, rest: Partial<ToolCall> = {}, input?: string) => {
    const [cellId = ""] = callId.split(".");
    const settle = (answer: CallAnswer) => void settled.push([callId, answer]);
    link.call({ callId, cellId, name: "t", kind: "function", ...rest }, input, settle);
  };
  const notify = (text: string) => link.notify({ cellId: "a", text });
  const attach = (...tools: string[]) => {
    const host = new RecordingHost(...(tools.length > 0 ? tools : ["t"]));
    link.attach(host);
    return host;
  };
  return { clock, link, settled, call, notify, attach };
}

export const done = (json?: string): CallAnswer => ({ ok: true, json });
