import type { AnnouncedLimits, Limits } from "../src/protocol/limits.ts";

/**
 * The limits that a client goes by itself, with what it assumes until `welcome` says what holds: the gateway's defaults.
 * They stand here once more, as most limits of a gateway are none of its clients' business, and all of them with their
 * meanings would be a tenth of what a page loads.
 */
export const assumedLimits = {
  frameBytes: 4 * 1024 * 1024,
  frameDepth: 160,
  frameNodes: 100_000,
  valueDepth: 128,
  sourceBytes: 1024 * 1024,
  sessionTtlMs: 15 * 60_000,
} satisfies Partial<Limits>;

export type ClientLimits = Pick<Limits, keyof typeof assumedLimits>;

/** What holds where the gateway has announced this. */
export function limitsInForce(announced: AnnouncedLimits): ClientLimits {
  return { ...assumedLimits, ...announced };
}
