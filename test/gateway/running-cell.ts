import type { Limits } from "../../src/protocol/limits.ts";
import { MemoryGateway } from "./memory-gateway.ts";

export const tool = (name: string, fields: object = {}) => ({ name, description: "", ...fields });

/** A client whose one cell runs. */
export function running(limits: Partial<Limits> = {}, execute: object = {}, tools = [tool("t")]) {
  const gateway = new MemoryGateway(limits);
  const client = gateway.greeted({ tools });
  const request = { type: "execute", id: 1, source: "1", yieldMs: null, ...execute };
  client.send(request);
  const cell = gateway.executor.latest.started();
  return { gateway, client, cell, request, cellId: cell.cellId };
}
