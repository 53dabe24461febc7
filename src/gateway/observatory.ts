import type { Clock } from "../session/clock.ts";
import type { GatewayEvent, GatewayObserver } from "./gateway-event.ts";
import { SessionLedger } from "./session-ledger.ts";

/** Keeps a ledger of each session, and knows who watches them. */
export class Observatory implements GatewayObserver {
  readonly #clock: Clock;
  readonly #ledgers = new Map<string, SessionLedger>();
  readonly #onChange = new Set<(sessionId: string) => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** That of a session that lives; its first is made when it is asked for. */
  ledgerOf(sessionId: string): SessionLedger {
    const known = this.#ledgers.get(sessionId);
    if (known) return known;
    const ledger = new SessionLedger({
      unixMs: () => this.#clock.unixMs(),
      changed: () => this.#changed(sessionId),
    });
    this.#ledgers.set(sessionId, ledger);
    return ledger;
  }

  /**
   * Tells `onChange` of each session that changes, is opened or ends, and of one that changes all the time once between
   * two readings of its ledger; until the function is called that this returns.
   */
  watch(onChange: (sessionId: string) => void): () => void {
    this.#onChange.add(onChange);
    return () => this.#onChange.delete(onChange);
  }

  putOut(sessionId: string): void {
    this.#ledgers.get(sessionId)?.touch();
  }

  hear(event: GatewayEvent): void {
    if (!("sessionId" in event) || event.sessionId === undefined) return;
    const { sessionId } = event;
    const ledger = this.#ledgers.get(sessionId);
    switch (event.type) {
      case "session_ended":
        return this.#changed(sessionId);
      case "session_gone":
        this.#ledgers.delete(sessionId);
        return ledger?.gone();
      case "turn_opened": {
        const { type, turn, client } = event;
        if (ledger) ledger.client = client;
        return ledger?.tell({ type, turn, client });
      }
      case "turn_resumed": {
        const { type, turn, client, gap } = event;
        if (ledger) ledger.resumes += 1;
        return ledger?.tell({ type, turn, client, gap });
      }
      case "turn_ended":
        return ledger?.tell({ type: event.type, turn: event.turn });
      case "cell_accepted": {
        const { type, cellId, turn, source, toolCallId, tools } = event;
        if (ledger) ledger.cells += 1;
        return ledger?.tell({ type, cellId, turn, source, toolCallId, tools: [...tools] });
      }
      case "cell_started":
        return ledger?.tell({ type: event.type, cellId: event.cellId, queuedMs: event.queuedMs });
      case "cell_ended": {
        const { type, cellId, ending, ageMs, usage, error } = event;
        return ledger?.tell({ type, cellId, ending, ageMs, usage, error });
      }
      case "call_made": {
        const { type, callId, cellId, tool } = event;
        return ledger?.tell({ type, callId, cellId, tool });
      }
      case "call_ended": {
        const { type, callId, cellId, ending, code, ageMs } = event;
        return ledger?.tell({ type, callId, cellId, ending, code, ageMs });
      }
      case "outcome_dropped":
        return ledger?.tell({ type: event.type, cellId: event.cellId });
      case "limit_hit":
        return ledger?.tell({ type: event.type, limit: event.limit });
      case "values_changed":
        return ledger?.tell({ type: "values", cellId: event.cellId, writes: Object.fromEntries(event.writes) });
      case "session_opened": // its ledger is made with its first turn
      case "observer_acted":
        return;
      default:
        event satisfies never;
    }
  }

  #changed(sessionId: string): void {
    for (const onChange of this.#onChange) onChange(sessionId);
  }
}
