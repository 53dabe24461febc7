import { effect, signal } from "@preact/signals";
import { route } from "../address.ts";
import { gatewayNow } from "../clock.ts";
import { observation } from "../link.ts";
import { sessions } from "../sessions/sessions-store.ts";
import { SessionStore } from "./session-store.ts";

/**
 * The session that the address names. It is watched until another one is looked at, so that nothing is missed while the
 * page shows something else.
 */
export const watchedSession = signal<SessionStore | undefined>(undefined);

effect(() => {
  const { view, sessionId } = route.value;
  const current = watchedSession.peek();
  if (view !== "session" || sessionId === undefined || current?.model.sessionId === sessionId) return;
  current?.close();
  watchedSession.value = new SessionStore(sessionId, { observation, nowMs: gatewayNow });
});

sessions.onStatus = (status) => {
  const current = watchedSession.peek();
  if (current?.model.sessionId === status.sessionId) current.stands(status);
};
