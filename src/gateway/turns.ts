import type { Limits } from "../protocol/limits.ts";
import { ByteBudget } from "../session/byte-budget.ts";
import type { Session } from "../session/session.ts";
import { Turn, type TurnOptions } from "./turn.ts";

/** The latest turn of each session, whether it has a socket or not. */
export class Turns {
  readonly #limits: Limits;
  readonly #budget: ByteBudget;
  readonly #latest = new WeakMap<Session, Turn>();
  /** The first of them lost its socket first. */
  readonly #suspended = new Set<Turn>();

  constructor(limits: Limits) {
    this.#limits = limits;
    this.#budget = new ByteBudget(limits.replayBytesTotal);
  }

  /** Opens a session's next turn: its earlier one is over. */
  open(options: Omit<TurnOptions, "limits" | "budget" | "makeRoom" | "dropped">): Turn {
    const { session, ledger, changed } = options;
    session.openTurn();
    // One that keeps no frames any more is no host, and yet has receipts to settle.
    this.#latest.get(session)?.takenOver();
    const turn: Turn = new Turn({
      ...options,
      limits: this.#limits,
      budget: this.#budget,
      makeRoom: () => this.#makeRoom(),
      dropped: () => {
        this.#suspended.delete(turn);
        ledger.touch();
      },
      changed: () => {
        this.#suspended.delete(turn);
        if (turn.isSuspended) this.#suspended.add(turn);
        changed();
      },
    });
    this.#latest.set(session, turn);
    return turn;
  }

  latest(session: Session): Turn | undefined {
    return this.#latest.get(session);
  }

  #makeRoom(): void {
    for (const turn of this.#suspended) {
      if (this.#budget.free >= 0) return;
      turn.drop();
    }
  }
}
