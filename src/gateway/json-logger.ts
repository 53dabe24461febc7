import { destination, pino, stdTimeFunctions } from "pino";
import type { Logger } from "./logger.ts";

/** Bytes of lines that nobody has read yet; further ones are dropped. */
const UNREAD_BYTES = 4 * 1024 * 1024;

/** Nothing of the kind is logged; if it ever were by mistake, it would not be seen. */
const secrets = ["token", "sessionToken", "authorization", "secret"].flatMap((key) => [key, `*.${key}`]);

/** A logger that writes JSON lines to stderr, and never waits for whoever reads them. */
export function createLogger(level: "info" | "warn" | "error" | "silent"): Logger {
  const stderr = destination({ dest: 2, sync: false, maxLength: UNREAD_BYTES });
  return pino({ level, base: null, redact: secrets, timestamp: stdTimeFunctions.isoTime }, stderr);
}
