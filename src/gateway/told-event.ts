import type { GatewayEvent } from "./gateway-event.ts";
import type { Unstamped } from "./session-ledger.ts";

/** What those who watch a session are told of an event of the gateway. Undefined: nothing. */
export function toldOf(event: GatewayEvent): Unstamped | undefined {
  switch (event.type) {
    case "turn_opened": {
      const { type, turn, client } = event;
      return { type, turn, client };
    }
    case "turn_resumed": {
      const { type, turn, client, gap } = event;
      return { type, turn, client, gap };
    }
    case "turn_ended":
      return { type: event.type, turn: event.turn };
    case "cell_accepted": {
      const { type, cellId, turn, source, toolCallId, tools } = event;
      return { type, cellId, turn, source, toolCallId, tools: [...tools] };
    }
    case "cell_started":
      return { type: event.type, cellId: event.cellId, queuedMs: rounded(event.queuedMs) };
    case "cell_ended": {
      const { type, cellId, ending, ageMs, usage, error } = event;
      return { type, cellId, ending, ageMs: rounded(ageMs), usage, error };
    }
    case "call_made": {
      const { type, callId, cellId, tool } = event;
      return { type, callId, cellId, tool };
    }
    case "call_ended": {
      const { type, callId, cellId, ending, code, ageMs } = event;
      return { type, callId, cellId, ending, code, ageMs: rounded(ageMs) };
    }
    case "outcome_dropped":
      return { type: event.type, cellId: event.cellId };
    case "limit_hit":
      return { type: event.type, limit: event.limit };
    case "values_changed":
      return { type: "values", cellId: event.cellId, writes: Object.fromEntries(event.writes) };
    default:
      return undefined;
  }
}

/** To the microsecond: clocks tell no more. */
function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
