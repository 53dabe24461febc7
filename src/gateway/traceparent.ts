import { isSpanContextValid, type SpanContext } from "@opentelemetry/api";

/** Reads a `traceparent` of W3C Trace Context. Undefined: it is none, and whoever sent it is to be ignored in this. */
export function parseTraceparent(text: string): SpanContext | undefined {
  const parts = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/.exec(text);
  if (!parts) return undefined;
  const [, version, traceId = "", spanId = "", flags = "", more] = parts;
  // Later versions may add to the end what we need not understand; version ff is none.
  if (version === "ff" || (version === "00" && more !== undefined)) return undefined;
  const context = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
  return isSpanContextValid(context) ? context : undefined;
}

/** Writes one. Undefined: the span belongs to no trace. */
export function traceparentOf(context: SpanContext): string | undefined {
  if (!isSpanContextValid(context)) return undefined;
  const { traceId, spanId, traceFlags } = context;
  return `00-${traceId}-${spanId}-${(traceFlags & 1).toString(16).padStart(2, "0")}`;
}
