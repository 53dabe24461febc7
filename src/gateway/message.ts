import type { Refusal } from "../protocol/frame-check.ts";

/** A message of a client: its bytes as they came, and the value that they stand for, or why they stand for none. */
export type Message = { readonly bytes: Uint8Array } & ({ readonly value: unknown } | { readonly refusal: Refusal });
