import { destination, pino, stdTimeFunctions } from "pino";
import type { Logger } from "./logger.ts";

/** Bytes of lines that nobody has read yet; further ones are dropped. */
const UNREAD_BYTES = 4 * 1024 * 1024;

/**
 * Lines are written when there are so many bytes of them, or after so long: to write each by itself would take a thread
 * and a wake-up a cell, ahead of its outcome. What is left at the end of the process is written then.
 */
const BATCH_BYTES = 8 * 1024;
const BATCH_MS = 100;

/** Nothing of the kind is logged; if it ever were by mistake, it would not be seen. */
const secrets = ["token", "sessionToken", "authorization", "secret"].flatMap((key) => [key, `*.${key}`]);

/** A logger that writes JSON lines to stderr, and never waits for whoever reads them. */
export function createLogger(level: "info" | "warn" | "error" | "silent"): Logger {
  const stderr = destination({
    dest: 2,
    sync: false,
    maxLength: UNREAD_BYTES,
    minLength: BATCH_BYTES,
    periodicFlush: BATCH_MS,
  });
  return pino({ level, base: null, redact: secrets, timestamp: stdTimeFunctions.isoTime }, stderr);
}
