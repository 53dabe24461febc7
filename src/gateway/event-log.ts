import type { Clock } from "../session/clock.ts";
import type { GatewayEvent, GatewayObserver } from "./gateway-event.ts";
import type { Logger } from "./logger.ts";

/** What clients can cause at will is logged once in so long, with how often it happened meanwhile. */
const QUIET_MS = 1_000;

/** Logs what happens, a line each. */
export class EventLog implements GatewayObserver {
  readonly #logger: Logger;
  readonly #clock: Clock;
  /** How often each kind of thing happened that is not logged now. */
  readonly #untold = new Map<string, number>();

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    this.#clock = clock;
  }

  hear(event: GatewayEvent): void {
    switch (event.type) {
      case "connected":
        return this.#logger.info(fieldsOf(event), "a client connected");
      case "closed":
        return this.#logger.info(fieldsOf(event), "a client is gone");
      case "turn_opened":
        return this.#logger.info(fieldsOf(event), "a turn was opened");
      case "turn_resumed":
        return this.#logger.info(fieldsOf(event), "a turn goes on");
      case "session_ended":
        return this.#logger.info(fieldsOf(event), "a session ended");
      case "cell_ended": {
        // What the code threw is for its host, and for observers.
        const { error: _error, ...told } = fieldsOf(event);
        return this.#logger.info(told, "a cell ended");
      }
      case "outcome_dropped":
        return this.#logger.warn(fieldsOf(event), "an outcome was dropped unread");
      case "observer_opened":
        return this.#logger.info(fieldsOf(event), "an observer watches");
      case "observer_acted":
        return this.#logger.info(fieldsOf(event), "an observer ended something");
      case "refused":
        return this.#warnSeldom(`refused ${event.status} ${event.reason}`, fieldsOf(event), "a client was refused");
      case "limit_hit":
        return this.#warnSeldom(`limit ${event.limit}`, fieldsOf(event), "a limit was hit");
      case "draining":
        return this.#logger.info(fieldsOf(event), "draining: no turn and no cell starts any more");
      case "executor_lost":
        return this.#logger.error(fieldsOf(event), "an executor was lost");
      case "file_read":
        if (event.problem === undefined) return this.#logger.info(fieldsOf(event), "a file was read again");
        return this.#logger.error(fieldsOf(event), "a file is faulty: its earlier content stays in force");
      case "internal_error": {
        const { error } = event;
        return this.#logger.error({ error: error instanceof Error ? error.stack : String(error) }, "internal error");
      }
      case "session_opened":
      case "turn_ended":
      case "cell_accepted":
      case "cell_started":
      case "call_made":
      case "call_ended":
      case "values_changed":
      case "session_gone":
      case "observer_closed":
      case "events_dropped":
        return; // a line of something else says it already, or there would be too many
      default:
        event satisfies never;
    }
  }

  #warnSeldom(kind: string, fields: object, message: string): void {
    const untold = this.#untold.get(kind);
    if (untold !== undefined) {
      this.#untold.set(kind, untold + 1);
      return;
    }
    this.#logger.warn(fields, message);
    this.#untold.set(kind, 0);
    this.#clock.after(QUIET_MS, () => {
      const times = this.#untold.get(kind) ?? 0;
      this.#untold.delete(kind);
      if (times > 0) this.#logger.warn({ ...fields, times }, `${message}, more than once`);
    });
  }
}

function fieldsOf<E extends GatewayEvent>({ type: _type, ...fields }: E): Omit<E, "type"> {
  return fields;
}
