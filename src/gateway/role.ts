import type { CloseCode } from "../protocol/close-codes.ts";
import type { Limits } from "../protocol/limits.ts";
import type { Clock } from "../session/clock.ts";
import type { Principal } from "../session/principal.ts";
import type { Sessions } from "../session/sessions.ts";
import type { Channel } from "./channel.ts";
import type { Drain } from "./drain.ts";
import type { FrameReaders } from "./frame-readers.ts";
import type { GatewayObserver } from "./gateway-event.ts";
import type { Message } from "./message.ts";
import type { MetricsFeed } from "./metrics-feed.ts";
import type { Observatory } from "./observatory.ts";
import type { Rota } from "./rota.ts";
import type { SessionDirectory } from "./session-directory.ts";
import type { Turns } from "./turns.ts";

/** What all connections of a gateway share. */
export interface ConnectionContext {
  readonly sessions: Sessions;
  readonly turns: Turns;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly server: { readonly name: string; readonly version: string };
  readonly observer: GatewayObserver;
  readonly observatory: Observatory;
  readonly directory: SessionDirectory;
  readonly feed: MetricsFeed;
  readonly rota: Rota;
  readonly readers: FrameReaders;
  readonly drain: Drain;
}

/** What a connection is made of. */
export interface ConnectionOptions {
  readonly context: ConnectionContext;
  readonly channel: Channel;
  /** Whose connection it is. */
  readonly principal: Principal;
  /** Counts the gateway's sockets. */
  readonly connection: number;
}

/** The connection, as a {@link Role} sees it. */
export interface Line {
  /** The client's `hello` was accepted. */
  opened(): void;
  /** A frame of the client was taken. */
  taken(): void;
  /** A frame of the client was refused: too many in a row end the connection. */
  refused(): void;
  close(code: CloseCode, reason: string): void;
}

/** What the client of a socket is to the gateway: its first `hello` says so. */
export interface Role {
  /** Whether its `hello` was accepted. */
  readonly isOpen: boolean;
  receive(message: Message): void;
  /** The socket takes more again. */
  drained(): void;
  /** The gateway has begun to drain: an open client is told. */
  tellDrain(): void;
  /** Calls back when the client has been given all that there is for it so far; not if its socket is gone before. */
  whenWritten(callback: () => void): void;
  /** The socket is gone, or will be. May be called again. */
  closed(code: number, reason: string): void;
}
