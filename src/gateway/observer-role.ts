import type { Refusal } from "../protocol/frame-check.ts";
import { announced } from "../protocol/limits.ts";
import type {
  ListSessionsFrame,
  ObserverClientFrame,
  ObserverErrorFrame,
  ObserverHelloFrame,
  ObserverServerFrame,
} from "../protocol/observer-frames.ts";
import type { Scope } from "../session/principal.ts";
import { RequestFailure } from "../session/request-failure.ts";
import { cutMessage } from "./cut-message.ts";
import type { Message } from "./message.ts";
import { ObserverWatches } from "./observer-watches.ts";
import type { ConnectionOptions, Line, Role } from "./role.ts";

/** Sessions in an answer. */
const PAGE = 1_000;

type Request = Extract<ObserverClientFrame, { id: number }>;

/** A client that watches: it sees the sessions of all principals and, with the scope `admin`, may end them and their cells. */
export class ObserverRole implements Role {
  readonly #options: ConnectionOptions;
  readonly #line: Line;
  readonly #watches: ObserverWatches;
  #phase: "greeting" | "open" | "closed" = "greeting";

  constructor(options: ConnectionOptions, line: Line) {
    const { context, channel, connection } = options;
    this.#options = options;
    this.#line = line;
    this.#watches = new ObserverWatches(context, channel, (count) =>
      context.observer.hear({ type: "events_dropped", connection, count }),
    );
  }

  get isOpen(): boolean {
    return this.#phase === "open";
  }

  receive(message: Message): void {
    const reading = this.#options.context.readers.ofObserver(message);
    if ("refusal" in reading) return this.#refuse(reading.refusal);
    const { frame } = reading;
    if ((frame.type === "hello") === this.isOpen) {
      const expected = this.isOpen ? "hello only once, as the first frame" : "hello as the first frame";
      const id = "id" in frame ? frame.id : undefined;
      return this.#refuse({ code: "bad_frame", message: `expected ${expected}, got ${frame.type}`, id });
    }
    this.#line.taken();
    if (frame.type === "hello") this.#greet(frame);
    else if (frame.type === "ping") this.#send({ type: "pong" });
    else this.#answer(frame);
  }

  drained(): void {
    this.#watches.drained();
  }

  tellDrain(): void {
    const { frame } = this.#options.context.drain;
    if (frame && this.isOpen) this.#send(frame);
  }

  whenWritten(callback: () => void): void {
    this.#watches.flush();
    callback();
  }

  closed(): void {
    const { context, connection, principal } = this.#options;
    this.#watches.stop();
    if (this.isOpen) context.observer.hear({ type: "observer_closed", connection, principal: principal.name });
    this.#phase = "closed";
  }

  #greet({ client }: ObserverHelloFrame): void {
    const { context, connection, principal } = this.#options;
    const { limits, clock, server, observer } = context;
    if (!this.#may("observe", "admin")) return this.#line.close(4403, "expected the scope observe or admin");
    this.#line.opened();
    this.#phase = "open";
    observer.hear({
      type: "observer_opened",
      connection,
      principal: principal.name,
      client: client && `${client.name} ${client.version}`,
    });
    this.#send({
      type: "observing",
      scopes: [...principal.scopes],
      heartbeatMs: limits.heartbeatMs,
      limits: announced(limits),
      server,
      nowMs: clock.unixMs(),
    });
    this.tellDrain();
  }

  #answer(frame: Request): void {
    try {
      this.#dispatch(frame);
    } catch (error) {
      if (!(error instanceof RequestFailure)) throw error;
      const { code, message } = error;
      // Under the id of a watch it would settle that one.
      this.#fail({ id: code === "duplicate_id" ? undefined : frame.id, code, message });
    }
  }

  #dispatch(frame: Request): void {
    const { directory, limits, sessions } = this.#options.context;
    const { id } = frame;
    switch (frame.type) {
      case "list_sessions":
        return this.#listSessions(frame);
      case "watch":
        // Answered before its first event.
        return this.#watches.begin(frame, () => this.#send({ type: "ok", id }));
      case "unwatch":
        this.#watches.end(frame.watchId);
        return this.#send({ type: "ok", id });
      case "list_cells":
        return this.#send({ type: "cells", id, cells: directory.get(frame.sessionId).listCells() });
      case "stored_values": {
        const values = directory.get(frame.sessionId).storedValues();
        if (this.#offer({ type: "stored_values", id, values })) return;
        const message = `the stored values do not fit a frame of ${limits.frameBytes} bytes (frameBytes)`;
        throw new RequestFailure("bad_values", message);
      }
      case "terminate": {
        this.#assertAdmin(frame.type);
        const { sessionId, cellId } = frame;
        const isThere = directory.get(sessionId).kill(cellId, () => this.#send({ type: "ok", id }));
        if (!isThere) throw new RequestFailure("unknown_cell", `exec cell ${cellId} not found`);
        return this.#acted("terminate", sessionId, cellId);
      }
      case "end_session": {
        this.#assertAdmin(frame.type);
        const { sessionId } = frame;
        sessions.end(directory.get(sessionId), () => this.#send({ type: "ok", id }));
        return this.#acted("end_session", sessionId);
      }
      default:
        frame satisfies never;
    }
  }

  #assertAdmin(tag: string): void {
    if (!this.#may("admin")) throw new RequestFailure("forbidden", `${tag}: expected the scope admin`);
  }

  #acted(action: "terminate" | "end_session", sessionId: string, cellId?: string): void {
    const { context, connection, principal } = this.#options;
    context.observer.hear({ type: "observer_acted", connection, principal: principal.name, action, sessionId, cellId });
  }

  /** With frame limits other than the defaults fewer may fit than were asked for. */
  #listSessions({ id, after = "", limit = PAGE }: ListSessionsFrame): void {
    const { directory } = this.#options.context;
    for (let count = Math.min(limit, PAGE); count > 0; count = Math.floor(count / 2)) {
      if (this.#offer({ type: "sessions", id, ...directory.page(after, count) })) return;
    }
    throw new RequestFailure("bad_values", "not even one session fits a frame (frameBytes, frameNodes)");
  }

  #may(...anyOf: readonly Scope[]): boolean {
    return anyOf.some((scope) => this.#options.principal.scopes.has(scope));
  }

  #refuse({ code, message, id }: Refusal): void {
    if (code === "unknown_frame" && id === undefined) return;
    this.#fail({ id, code, message });
    this.#line.refused();
  }

  #fail({ id, code, message }: Omit<ObserverErrorFrame, "type">): void {
    this.#send({ type: "error", id, code, message: cutMessage(message, this.#options.context.limits.errorBytes) });
  }

  #send(frame: ObserverServerFrame): void {
    if (this.#offer(frame)) return;
    // Everything but what is offered is bounded well below a frame: this would be a mistake of ours.
    this.#line.close(1011, `a ${frame.type} frame came out larger than a frame may be`);
  }

  /** False: the frame is over the frame limits. */
  #offer(frame: ObserverServerFrame): boolean {
    const { channel } = this.#options;
    const message = channel.encode(frame);
    if (message) channel.write(message);
    return message !== undefined;
  }
}
