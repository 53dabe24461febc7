import type { Limits } from "../../src/protocol/limits.ts";
import { MemoryGateway } from "./memory-gateway.ts";

/** A gateway with a session whose one cell runs. */
export function observedSession(limits: Partial<Limits> = {}) {
  const gateway = new MemoryGateway(limits);
  const host = gateway.greeted();
  host.send({ type: "execute", id: 1, source: "1", yieldMs: null });
  const cell = gateway.executor.latest.started();
  return { gateway, host, cell, ...host.credentials };
}
