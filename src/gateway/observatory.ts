import type { Clock } from "../session/clock.ts";
import type { GatewayEvent, GatewayObserver } from "./gateway-event.ts";
import { SessionLedger } from "./session-ledger.ts";
import { toldOf } from "./told-event.ts";

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
    if (!ledger) return;
    switch (event.type) {
      case "session_ended":
        ledger.ended();
        return this.#changed(sessionId);
      case "session_gone":
        this.#ledgers.delete(sessionId);
        return ledger.gone();
      case "turn_opened":
        ledger.client = event.client;
        break;
      case "turn_resumed":
        ledger.resumes += 1;
        break;
      case "cell_accepted":
        ledger.cells += 1;
        break;
      default: // it is told, and no more
    }
    ledger.touch();
    const told = ledger.isWatched && toldOf(event);
    if (told) ledger.tell(told);
  }

  #changed(sessionId: string): void {
    for (const onChange of this.#onChange) onChange(sessionId);
  }
}
