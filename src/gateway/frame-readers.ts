import { clientFrameChecks } from "../protocol/client-frame-checks.ts";
import type { ClientFrame } from "../protocol/client-frames.ts";
import { type FrameChecks, readFrame, type Reading } from "../protocol/frame-check.ts";
import type { Limits } from "../protocol/limits.ts";
import { observerFrameChecks } from "../protocol/observer-frame-checks.ts";
import type { ObserverClientFrame } from "../protocol/observer-frames.ts";
import type { Message } from "./message.ts";

/** Reads what clients say, in either role: what only the other one says is a bad frame. */
export class FrameReaders {
  readonly #ofHosts: FrameChecks<ClientFrame>;
  readonly #ofObservers: FrameChecks<ObserverClientFrame>;

  constructor(limits: Limits) {
    this.#ofHosts = clientFrameChecks(limits);
    this.#ofObservers = observerFrameChecks(limits);
  }

  ofHost(message: Message): Reading<ClientFrame> {
    return read(message, this.#ofHosts, this.#ofObservers, "host");
  }

  ofObserver(message: Message): Reading<ObserverClientFrame> {
    return read(message, this.#ofObservers, this.#ofHosts, "observer");
  }
}

/** Whether this is, or was to be, the `hello` of an observer. */
export function isObserverHello(message: Message): boolean {
  return isHello(message) && fieldsOf(message)?.role === "observer";
}

/** Whether this is, or was to be, any `hello`. */
export function isHello(message: Message): boolean {
  return tagOf(message) === "hello";
}

function read<Frame extends { type: string }>(
  message: Message,
  checks: FrameChecks<Frame>,
  others: object,
  role: "host" | "observer",
): Reading<Frame> {
  if ("refusal" in message) return message;
  const reading = readFrame(message.value, checks);
  const tag = tagOf(message);
  if ("frame" in reading || reading.refusal.code !== "unknown_frame" || tag === undefined) return reading;
  if (!Object.hasOwn(others, tag)) return reading;
  const [expected, got] = role === "host" ? ["a host", "an observer"] : ["an observer", "a host"];
  const problem = `${tag}: expected a frame of ${expected}, got one of ${got}`;
  return { refusal: { ...reading.refusal, code: "bad_frame", message: problem } };
}

/** What may be read of a message that is not checked. */
function fieldsOf(message: Message): { readonly type?: unknown; readonly role?: unknown } | undefined {
  return "value" in message && typeof message.value === "object" && message.value !== null ? message.value : undefined;
}

function tagOf(message: Message): string | undefined {
  const tag = fieldsOf(message)?.type;
  return typeof tag === "string" ? tag : undefined;
}
