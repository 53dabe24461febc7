import type { ObservedEvent } from "../protocol/observed-events.ts";
import type { CancelTimer, Clock } from "../session/clock.ts";
import type { Channel } from "./channel.ts";
import type { Rota } from "./rota.ts";
import type { Announce, Watch } from "./watch.ts";

/** What a {@link WatchOutlet} needs. */
interface WatchOutletOptions {
  readonly channel: Channel;
  readonly clock: Clock;
  readonly rota: Rota;
  /** Events are lost that were to be told. */
  readonly dropped: (count: number) => void;
}

interface Entry {
  readonly watch: Watch;
  cancelTimer: CancelTimer | undefined;
  /** By the clock; of the timer. */
  dueAt: number;
}

/**
 * Tells an observer what its watches have seen, a frame at a time, only while its socket takes, and when it is its turn.
 * What the observer does not read stays with the watches, who know how much they may keep.
 */
export class WatchOutlet {
  readonly #options: WatchOutletOptions;
  readonly #entries = new Map<number, Entry>();
  /** Those whose time has come, the longest waiting first. */
  readonly #due = new Set<number>();
  readonly #turn = (): void => {
    this.#tellNext();
    this.#pump();
  };

  constructor(options: WatchOutletOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#entries.size;
  }

  has(watchId: number): boolean {
    return this.#entries.has(watchId);
  }

  /** Adds the watch that `begin` makes. What it has to tell is told now, if the socket takes. */
  add(watchId: number, begin: (announce: Announce) => Watch): void {
    const watch = begin((delayMs) => this.#announced(watchId, delayMs));
    this.#entries.set(watchId, { watch, cancelTimer: undefined, dueAt: Infinity });
    if (!watch.hasNews) return;
    this.#due.add(watchId);
    this.#pump();
  }

  remove(watchId: number): void {
    const entry = this.#entries.get(watchId);
    entry?.cancelTimer?.();
    entry?.watch.stop();
    this.#entries.delete(watchId);
    this.#due.delete(watchId);
  }

  /** Tells all that there is now, as far as the socket takes it. */
  flush(): void {
    for (const [watchId, { watch }] of this.#entries) if (watch.hasNews) this.#due.add(watchId);
    while (this.#tellNext());
  }

  /** The socket takes again. */
  drained(): void {
    this.#pump();
  }

  /** Nothing more is told. */
  stop(): void {
    this.#options.rota.leave(this.#turn);
    for (const watchId of this.#entries.keys()) this.remove(watchId);
  }

  #announced(watchId: number, delayMs: number): void {
    const { clock } = this.#options;
    const entry = this.#entries.get(watchId);
    const dueAt = clock.now() + delayMs;
    if (!entry || this.#due.has(watchId) || entry.dueAt <= dueAt) return;
    entry.cancelTimer?.();
    entry.dueAt = dueAt;
    entry.cancelTimer = clock.after(delayMs, () => {
      entry.dueAt = Infinity;
      this.#due.add(watchId);
      this.#pump();
    });
  }

  #pump(): void {
    const { channel, rota } = this.#options;
    if (this.#due.size > 0 && channel.takes) rota.ask(this.#turn);
  }

  /** Returns whether there was something to tell, and it could be told. */
  #tellNext(): boolean {
    const [watchId] = this.#due;
    if (watchId === undefined || !this.#options.channel.takes) return false;
    this.#tell(watchId);
    return true;
  }

  #tell(watchId: number): void {
    const watch = this.#entries.get(watchId)?.watch;
    this.#due.delete(watchId);
    if (!watch) return;
    const { dropped, events } = watch.take();
    if (dropped > 0) this.#options.dropped(dropped);
    if (events.length > 0 || dropped > 0) this.#write(watchId, watch, dropped, events);
    // At the end: the others come first.
    if (watch.hasNews) this.#due.add(watchId);
    else if (watch.isOver) this.remove(watchId);
  }

  #write(watchId: number, watch: Watch, dropped: number, events: ObservedEvent[]): void {
    const { channel } = this.#options;
    const message = channel.encode({ type: "observed", watchId, dropped, events });
    if (message) return channel.write(message);
    const [event] = events;
    if (events.length > 1) {
      const middle = Math.ceil(events.length / 2);
      this.#write(watchId, watch, dropped, events.slice(0, middle));
      this.#write(watchId, watch, 0, events.slice(middle));
    } else if (event) {
      const shorter = shortened(event);
      if (!shorter) this.#options.dropped(1);
      this.#write(watchId, watch, shorter ? dropped : dropped + 1, shorter ? [shorter] : []);
    }
  }
}

/** What can be said of an event that does not fit a frame. Undefined: nothing. */
function shortened(event: ObservedEvent): ObservedEvent | undefined {
  switch (event.type) {
    case "snapshot": {
      const { values, ...rest } = event;
      return values ? rest : undefined;
    }
    case "frame": {
      const { bytes, ...rest } = event;
      return bytes === undefined ? undefined : rest;
    }
    default:
      return undefined;
  }
}
