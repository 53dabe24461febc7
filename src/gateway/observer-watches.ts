import type { SnapshotEvent } from "../protocol/observed-events.ts";
import type { WatchFrame } from "../protocol/observer-frames.ts";
import { RequestFailure } from "../session/request-failure.ts";
import type { Channel } from "./channel.ts";
import { EventRoom } from "./event-room.ts";
import { MetricsWatch } from "./metrics-watch.ts";
import type { ConnectionContext } from "./role.ts";
import { SessionWatch } from "./session-watch.ts";
import { SessionsWatch } from "./sessions-watch.ts";
import { WatchOutlet } from "./watch-outlet.ts";
import type { Announce, Watch } from "./watch.ts";

/** Bytes of a frame up to which it is shown whole, where a watch does not say. */
const FRAME_BYTES = 64 * 1024;

/** What one observer watches, by the ids of its requests. */
export class ObserverWatches {
  readonly #context: ConnectionContext;
  readonly #channel: Channel;
  readonly #outlet: WatchOutlet;
  readonly #room: EventRoom;

  /** `dropped` hears of events that are lost to the observer. */
  constructor(context: ConnectionContext, channel: Channel, dropped: (count: number) => void) {
    this.#context = context;
    this.#channel = channel;
    this.#outlet = new WatchOutlet({ channel, clock: context.clock, rota: context.rota, dropped });
    this.#room = new EventRoom(context.limits);
  }

  /** Begins a watch; `begun` is called before it tells anything. Throws {@link RequestFailure}. */
  begin(frame: WatchFrame, begun: () => void): void {
    const { id } = frame;
    const { watches } = this.#context.limits;
    if (this.#outlet.has(id)) throw new RequestFailure("duplicate_id", `a watch has the id ${id} already`);
    if (this.#outlet.size >= watches) {
      throw new RequestFailure("too_many_watches", `the observer has ${watches} watches (watches)`);
    }
    const make = this.#maker(frame);
    begun();
    this.#outlet.add(id, make);
  }

  /** Ends a watch, if there is one with this id. */
  end(id: number): void {
    this.#outlet.remove(id);
  }

  /** Tells all that there is now, as far as the socket takes it. */
  flush(): void {
    this.#outlet.flush();
  }

  drained(): void {
    this.#outlet.drained();
  }

  stop(): void {
    this.#outlet.stop();
  }

  #maker(frame: WatchFrame): (announce: Announce) => Watch {
    const { observatory, directory, clock, feed } = this.#context;
    switch (frame.topic) {
      case "sessions":
        return (announce) => new SessionsWatch({ observatory, directory, clock, announce });
      case "session":
        return this.#sessionMaker(frame);
      case "metrics":
        return (announce) => new MetricsWatch(feed, announce);
      default:
        return frame.topic satisfies never;
    }
  }

  #sessionMaker(frame: WatchFrame): (announce: Announce) => Watch {
    const { sessionId, frames = false, frameBytes = FRAME_BYTES, sample = 1 } = frame;
    const { observatory, directory, clock } = this.#context;
    if (sessionId === undefined) {
      throw new RequestFailure("bad_frame", "watch.sessionId: expected a string with the topic session, got nothing");
    }
    directory.get(sessionId);
    return (announce) =>
      new SessionWatch({
        sessionId,
        frames,
        frameBytes,
        sample,
        ledger: observatory.ledgerOf(sessionId),
        room: this.#room,
        subprotocol: this.#channel.subprotocol,
        unixMs: () => clock.unixMs(),
        announce,
        snapshot: () => this.#snapshotOf(sessionId),
      });
  }

  #snapshotOf(sessionId: string): SnapshotEvent | undefined {
    const { directory, clock } = this.#context;
    const session = directory.find(sessionId);
    const status = directory.statusOf(sessionId);
    if (!session || !status) return undefined;
    const values = Object.fromEntries(session.storedTexts());
    return { type: "snapshot", atMs: clock.unixMs(), session: status, cells: session.listCells(), values };
  }
}
