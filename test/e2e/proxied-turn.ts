import type { StateEvent, Tool, Turn } from "../../client/index.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import type { TestGateway } from "../support/running-gateway.ts";
import { type SdkOptions, sdkTurn } from "./sdk-turn.ts";

/** A turn by way of a proxy, without pauses between tries. */
export async function proxiedTurn(behind: TestGateway, options: SdkOptions = {}) {
  const proxy = await FaultProxy.start(behind.url);
  const events: StateEvent[] = [];
  const turn = await sdkTurn(
    { ...behind, url: proxy.url },
    { reconnect: { baseMs: 20, capMs: 20 }, onState: (event) => void events.push(event), ...options },
  );
  return { proxy, turn, events };
}

/** A tool that tells of each call, and answers when the test says so. */
export function held() {
  const signals: AbortSignal[] = [];
  const called = Promise.withResolvers<string>();
  const released = Promise.withResolvers<string>();
  const run: Tool["run"] = (_, { cellId, signal }) => {
    signals.push(signal);
    called.resolve(cellId);
    return released.promise;
  };
  return { tools: { hold: { description: "", run } }, called: called.promise, release: released.resolve, signals };
}

/** Resolves when the turn is, or was since, in this state. */
export async function until(turn: Turn, state: StateEvent["state"]): Promise<StateEvent> {
  for await (const event of turn.states()) if (event.state === state) return event;
  throw new Error(`the turn ended before it was ${state}`);
}
