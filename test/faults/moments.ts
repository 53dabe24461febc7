import { clientFrameChecks } from "../../src/protocol/client-frame-checks.ts";
import { defaultLimits } from "../../src/protocol/limits.ts";
import { serverFrameChecks } from "../../src/protocol/server-frame-checks.ts";
import type { End, Moment } from "../support/fault-proxy.ts";
import type { Place } from "../support/wire-flow.ts";

/** One message of an eventful turn: the n-th with this tag. */
export interface TurnMessage extends Moment {
  readonly tag: string;
  readonly nth: number;
}

/** Where in it something is to happen. */
export interface TurnMoment extends TurnMessage {
  readonly where: Place;
}

export const places: readonly Place[] = ["before", "middle", "after"];

/** `drain` ends the gateway: it has a table of its own. */
const elsewhere = ["drain"];

/** What the second connection of a turn has too. */
const opening = ["upgrade", "hello", "welcome"];

/** Messages with a tag that came before, and another meaning. */
const others: readonly [End, string, number][] = [
  ["client", "execute", 2],
  ["client", "tool_result", 2],
  // Pieces of an item that is larger than a frame: the whole items ahead of it take one frame or more.
  ["gateway", "content", 3],
  ["gateway", "content", 4],
  // The answer to a `wait`.
  ["gateway", "result", 2],
  // The answer to who asked for the end of the cell, behind that to its waiter.
  ["gateway", "terminated", 2],
  // Of `set_tools`, and of `end_session`.
  ["gateway", "ok", 2],
  ["gateway", "ok", 3],
];

/** Each kind of frame that either end has, and of what carries them; a new tag is among them. */
export function turnMessages(): TurnMessage[] {
  const tags = {
    client: Object.keys(clientFrameChecks(defaultLimits)),
    gateway: Object.keys(serverFrameChecks(defaultLimits.valueDepth)),
  };
  return (["client", "gateway"] as const).flatMap((from) => {
    const first = ["upgrade", ...tags[from].filter((tag) => !elsewhere.includes(tag))];
    const again = first.filter((tag) => opening.includes(tag));
    return [
      ...first.map((tag) => ({ from, tag, nth: 1 })),
      ...again.map((tag) => ({ from, tag, nth: 2 })),
      ...others.filter(([end]) => end === from).map(([, tag, nth]) => ({ from, tag, nth })),
    ];
  });
}

/** Whether there is such a message only where a connection was lost before. */
export function isOfNextConnection({ tag, nth }: TurnMessage): boolean {
  return opening.includes(tag) && nth === 2;
}
