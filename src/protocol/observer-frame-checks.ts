import { integer, isBoolean, oneOf, optional, shape, stringUpTo } from "./check.ts";
import { frame, type FrameChecks } from "./frame-check.ts";
import type { Limits } from "./limits.ts";
import type { ObserverClientFrame } from "./observer-frames.ts";

const id = integer(1);

/** The checks of an observer's frames, within the limit for names. */
export function observerFrameChecks({ nameChars }: Pick<Limits, "nameChars">): FrameChecks<ObserverClientFrame> {
  const name = stringUpTo(nameChars);
  return {
    hello: frame("hello", {
      role: oneOf("observer"),
      client: optional(shape<{ name: string; version: string }>({ name, version: name })),
    }),
    list_sessions: frame("list_sessions", { id, after: optional(name), limit: optional(integer(1)) }),
    watch: frame("watch", {
      id,
      topic: oneOf("sessions", "session", "metrics"),
      sessionId: optional(name),
      frames: optional(isBoolean),
      frameBytes: optional(integer(0)),
      sample: optional(integer(1)),
    }),
    unwatch: frame("unwatch", { id, watchId: id }),
    list_cells: frame("list_cells", { id, sessionId: name }),
    stored_values: frame("stored_values", { id, sessionId: name }),
    terminate: frame("terminate", { id, sessionId: name, cellId: name }),
    end_session: frame("end_session", { id, sessionId: name }),
    ping: frame("ping", {}),
  };
}
