import { closeCodes, isCloseCode, mayReconnect } from "../src/protocol/close-codes.ts";
import { ConnectionError, SessionLostError } from "./errors.ts";

/** How a connection ended. */
export interface Closure {
  /** The close code; 1006 where the connection was lost without one. */
  readonly code: number;
  /** What the one who closed said about it. May be empty. */
  readonly reason: string;
  /** Whether connecting again can help. */
  readonly retryable: boolean;
  /** What was behind it, where the SDK itself closed for a fault, or could not connect. */
  readonly cause?: unknown;
}

export function closureOf(code: number, reason: string, cause?: unknown): Closure {
  const closure: Closure = { code, reason, retryable: mayReconnect(code) };
  return cause === undefined ? closure : { ...closure, cause };
}

/** How a connection ends whose page is put aside. */
export const pageAside: Closure = closureOf(1001, "the page was put aside");

/** The error of everything that was under way, or is asked for later. `what` begins its message: `the connection was closed`. */
export function closureError({ code, reason, retryable, cause }: Closure, what: string): ConnectionError {
  // 1005 (a close without a code) and codes of other software say no more than a lost connection does.
  const { name } = closeCodes[isCloseCode(code) ? code : 1006];
  const ErrorClass = code === 4404 || code === 4410 ? SessionLostError : ConnectionError;
  const message = `${what}: ${code} ${name}${reason && `, ${reason}`}`;
  return new ErrorClass(message, { code: name, retryable, closeCode: code, reason, cause });
}
