import { signal } from "@preact/signals";
import { observation } from "./link.ts";

/** The gateway's clock, once a second, for ages that are shown. */
export const now = signal(Date.now());

setInterval(() => {
  now.value = gatewayNow();
}, 1_000);

/** The gateway's clock, in Unix milliseconds. */
export function gatewayNow(): number {
  return Date.now() + (observation.peek()?.clockOffsetMs ?? 0);
}
