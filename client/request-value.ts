import { utf8Length } from "../src/protocol/json-guard.ts";
import type { JsonValue, ToolDefinition } from "../src/protocol/values.ts";
import type { ClientLimits } from "./client-limits.ts";
import { UnsentError } from "./errors.ts";
import { jsonCopy, JsonCopyError } from "./json-copy.ts";

/** Throws an {@link UnsentError} where the source is over its limit. */
export function assertSource(source: string, { sourceBytes }: ClientLimits): void {
  const bytes = utf8Length(source);
  if (bytes <= sourceBytes) return;
  const message = `execute.source: expected at most ${sourceBytes} bytes (sourceBytes), got ${bytes}`;
  throw new UnsentError(message, "source_too_large");
}

/** Tools as a frame carries them. Throws {@link UnsentError}, for a schema that is no plain JSON Schema for example. */
export function toolsToSend(tools: readonly ToolDefinition[], limits: ClientLimits): ToolDefinition[] {
  // The frame itself is one level.
  return valueToSend(tools, "tools", limits.frameDepth - 1, limits) as ToolDefinition[];
}

/** Stored values as a frame carries them. Throws {@link UnsentError}. */
export function storedValuesToSend(
  values: { readonly [key: string]: unknown },
  limits: ClientLimits,
): { [key: string]: JsonValue } {
  // Each value may have its full depth, and the map is one level more.
  return valueToSend(values, "values", limits.valueDepth + 1, limits) as { [key: string]: JsonValue };
}

function valueToSend(value: object, subject: string, levels: number, limits: ClientLimits): unknown {
  try {
    return jsonCopy(value, subject, levels, limits);
  } catch (error) {
    if (error instanceof JsonCopyError) throw new UnsentError(error.message, "bad_frame", error);
    throw error;
  }
}
