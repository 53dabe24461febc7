/**
 * The close codes of a turn. An *error* answers one request; a *close* ends the connection, and its code tells the
 * client whether connecting again can help. `session` says what becomes of the session.
 */
export const closeCodes = {
  1000: { name: "normal", reconnect: "no", session: "lives on, or was ended by `end_session`" },
  1001: { name: "going_away", reconnect: "yes", session: "lives on" },
  1002: { name: "protocol_error", reconnect: "no", session: "lives on" },
  1003: { name: "unsupported_data", reconnect: "no", session: "lives on" },
  1006: { name: "connection_lost", reconnect: "yes", session: "lives on" },
  1007: { name: "invalid_data", reconnect: "no", session: "lives on" },
  1009: { name: "frame_too_big", reconnect: "yes", session: "lives on" },
  1011: { name: "internal_error", reconnect: "yes", session: "lives on" },
  1012: { name: "restart", reconnect: "yes", session: "is gone with the gateway's process" },
  1013: { name: "overloaded", reconnect: "yes", session: "lives on; a new one was not opened" },
  4400: { name: "bad_frames", reconnect: "no", session: "lives on" },
  4401: { name: "unauthenticated", reconnect: "with_a_new_token", session: "lives on" },
  4403: { name: "forbidden", reconnect: "no", session: "lives on" },
  4404: { name: "unknown_session", reconnect: "no", session: "is not there" },
  4406: { name: "no_common_subprotocol", reconnect: "no", session: "lives on" },
  4408: { name: "no_hello", reconnect: "yes", session: "lives on" },
  4409: { name: "taken_over", reconnect: "no", session: "lives on, with the newer host" },
  4410: { name: "expired_session", reconnect: "no", session: "is gone" },
  4429: { name: "rate_limit", reconnect: "yes", session: "lives on" },
  4431: { name: "slow_consumer", reconnect: "yes", session: "lives on" },
  4440: { name: "heartbeat_lost", reconnect: "yes", session: "lives on" },
} as const;

/** Code with which a turn's socket closes. */
export type CloseCode = keyof typeof closeCodes;

/** Whether `code` is one of ours; codes that other software sends are not. */
export function isCloseCode(code: number): code is CloseCode {
  return Object.hasOwn(closeCodes, code);
}

/** Whether connecting again after a close with `code` can help, without a change. A code that is not ours is taken as a lost connection. */
export function mayReconnect(code: number): boolean {
  return isCloseCode(code) ? closeCodes[code].reconnect === "yes" : true;
}
