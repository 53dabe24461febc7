import type { Realm } from "./realm.ts";
import type { Send } from "./run.ts";

interface Timer {
  readonly callback: (...args: unknown[]) => unknown;
  readonly args: unknown[];
}

/** The longest delay that the machine's timers know: 2^31 - 1 ms, some 25 days. */
const MAX_DELAY_MS = 2_147_483_647;

/** `setTimeout` and `clearTimeout` (rule J8). Returns the function that fires a timer. */
export function defineTimers(realm: Realm, send: Send, timersPerCell: number, maxDelayMs: number) {
  const { apply, createError, createTable, defineGlobal, get, isFinite, now, remove, set, sizeOf, toNumber } = realm;
  const timers = createTable<Timer>();
  let lastId = 0;

  const setTimeout = (callback: unknown, delay?: unknown, ...args: unknown[]): number => {
    if (typeof callback !== "function") throw createError("setTimeout expects a function", setTimeout);
    if (sizeOf(timers) >= timersPerCell) {
      throw createError(`a cell has at most ${timersPerCell} pending timers (timersPerCell)`, setTimeout);
    }
    if (typeof delay === "symbol") throw createError("setTimeout expects a number of milliseconds", setTimeout);
    const ms = toNumber(delay);
    const delayMs = !isFinite(ms) || ms < 0 ? (ms > 0 ? maxDelayMs : 0) : ms > maxDelayMs ? maxDelayMs : ms;
    lastId += 1;
    set(timers, lastId, { callback: callback as Timer["callback"], args });
    send("timer", lastId, now() + delayMs);
    return lastId;
  };

  const clearTimeout = (id?: unknown): void => {
    if (typeof id === "number" && remove(timers, id)) send("untimer", id);
  };

  defineGlobal("setTimeout", setTimeout);
  defineGlobal("clearTimeout", clearTimeout);

  return (id: number): void => {
    const timer = get(timers, id);
    if (timer === undefined) return;
    remove(timers, id);
    apply(timer.callback, undefined, timer.args);
  };
}

export { MAX_DELAY_MS };
