import type { Closure } from "./closure.ts";

/**
 * What became of a turn's connection, in order:
 *
 * ```
 * connecting ──▶ open ──▶ lost ──▶ connecting ──▶ resumed ──▶ closed
 *                          ▲ └───────────┘           │
 *                          └─────────────────────────┘
 * ```
 */
export type StateEvent =
  /** It is tried to connect; `attempt` counts the tries since the connection was lost, from 1. */
  | { readonly state: "connecting"; readonly attempt: number }
  /** The turn has begun. */
  | { readonly state: "open" }
  /** There is no connection. Requests wait. */
  | ({ readonly state: "lost" } & Loss)
  /**
   * Connected again. `complete`: nothing was missed. Otherwise frames were lost on the way: every promise is still
   * answered, and no content is lost, but notifications and events of cells may be; `listCells` tells how these stand.
   */
  | { readonly state: "resumed"; readonly complete: boolean }
  /** The turn is over. The last event. */
  | { readonly state: "closed"; readonly closure: Closure };

/** Why there is no connection, and when it is tried again to make one. */
export interface Loss {
  readonly closure: Closure;
  /**
   * Milliseconds until the next try, which comes earlier when the browser has news: a network, or a user who looks. Infinity
   * for a page that is frozen or kept for the Back button.
   */
  readonly retryMs: number;
  /** Present: the browser says that it is offline. Tries are further apart until it is not, and are not counted. */
  readonly offline?: true | undefined;
}

/** Where a turn's connection stands. */
export type TurnState = StateEvent["state"];

/** Unread events of one reader. */
const mostUnread = 100;

/** The states of one turn's connection: the latest, and everyone who follows them. */
export class States {
  readonly #listener: (event: StateEvent) => void;
  readonly #readers = new Set<(event: StateEvent) => void>();
  #latest: StateEvent = { state: "connecting", attempt: 1 };

  /** `listener` hears each event as it happens; it must not throw. */
  constructor(listener: (event: StateEvent) => void) {
    this.#listener = listener;
    listener(this.#latest);
  }

  get latest(): StateEvent {
    return this.#latest;
  }

  set(event: StateEvent): void {
    this.#latest = event;
    this.#listener(event);
    for (const read of this.#readers) read(event);
  }

  /**
   * The latest event, then each that follows, up to `closed`. A reader that is more than 100 events behind misses the
   * oldest of them.
   */
  async *follow(): AsyncGenerator<StateEvent, void, undefined> {
    const unread = [this.#latest];
    let wake = () => {};
    const read = (event: StateEvent) => {
      unread.push(event);
      if (unread.length > mostUnread) unread.shift();
      wake();
    };
    this.#readers.add(read);
    try {
      for (;;) {
        const event = unread.shift();
        if (event) {
          yield event;
          if (event.state === "closed") return;
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    } finally {
      this.#readers.delete(read);
    }
  }
}
