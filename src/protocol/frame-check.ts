import { type Check, describeProblem, type FieldChecks, nameOf, oneOf, shape } from "./check.ts";

/** A check for each tag of a union of frames: a frame without one, or one without a frame, does not compile. */
export type FrameChecks<Frame extends { type: string }> = {
  readonly [Tag in Frame["type"]]: Check<Extract<Frame, { type: Tag }>>;
};

/** The check of one frame from those of its fields. */
export function frame<F extends { type: string }>(type: F["type"], fields: Omit<FieldChecks<F>, "type">): Check<F> {
  return shape<F>({ type: oneOf(type), ...fields } as FieldChecks<F>);
}

/** A value that is no frame, with as much as could be read of it. */
export interface Refusal {
  readonly code: "bad_frame" | "unknown_frame";
  /** Path, expected and got. */
  readonly message: string;
  /** The request it would have been. */
  readonly id?: number | undefined;
  /** The tool call that it would have answered. */
  readonly callId?: string | undefined;
}

/** A checked frame, or what is wrong with it. */
export type Reading<Frame> = { readonly frame: Frame } | { readonly refusal: Refusal };

/** Checks a decoded value against the check of its tag. */
export function readFrame<Frame extends { type: string }>(value: unknown, checks: FrameChecks<Frame>): Reading<Frame> {
  if (typeof value !== "object" || value === null || Array.isArray(value) || value instanceof Uint8Array) {
    return { refusal: { code: "bad_frame", message: `frame: expected an object, got ${nameOf(value)}` } };
  }
  const { type, id, callId } = value as { type?: unknown; id?: unknown; callId?: unknown };
  const readable = {
    id: Number.isSafeInteger(id) && (id as number) > 0 ? (id as number) : undefined,
    callId: typeof callId === "string" ? callId : undefined,
  };
  if (typeof type !== "string") {
    return { refusal: { code: "bad_frame", message: `frame.type: expected a tag, got ${nameOf(type)}`, ...readable } };
  }
  if (!Object.hasOwn(checks, type)) {
    const message = `frame.type: expected one of ${Object.keys(checks).join(", ")}, got ${nameOf(type)}`;
    return { refusal: { code: "unknown_frame", message, ...readable } };
  }
  const problem = checks[type as Frame["type"]](value);
  if (problem) return { refusal: { code: "bad_frame", message: describeProblem(problem, type), ...readable } };
  return { frame: value as Frame };
}
