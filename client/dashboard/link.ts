import { batch, computed, signal } from "@preact/signals";
import { CellgateError, type Observation, observe, type StateEvent } from "../index.ts";
import { Kept } from "./kept.ts";
import { refusalOf } from "./model/refusal.ts";

/**
 * How the page stands to the gateway.
 *
 * ```
 * signed_out ──▶ signing_in ──▶ open ◀──▶ lost ──▶ closed
 *                  │     ▲  └──▶ host_only
 *                  └▶ unreachable
 * ```
 */
export type Link =
  /** There is no token, or it was refused, as `problem` says. */
  | { readonly state: "signed_out"; readonly problem?: string | undefined }
  | { readonly state: "signing_in" }
  /** The gateway does not answer; it is tried again at `retryAtMs`. */
  | { readonly state: "unreachable"; readonly problem: string; readonly retryAtMs: number }
  /** The token may host turns, but not watch. */
  | { readonly state: "host_only"; readonly problem: string }
  | { readonly state: "open"; readonly observation: Observation }
  /** The SDK connects again by itself; what was watched is watched again then. `problem`: what the gateway said; or empty. */
  | { readonly state: "lost"; readonly observation: Observation; readonly problem: string; readonly retryAtMs: number }
  /** It was lost for good. */
  | { readonly state: "closed"; readonly problem: string };

/** Pause between two tries of a page that was never connected. */
const RETRY_MS = 3_000;

const keptToken = new Kept("token", "closed");

const state = signal<Link>({ state: "signed_out" });

export const link = computed(() => state.value);

/** What watches, connected or not; undefined where nothing does. */
export const observation = computed(() => ("observation" in state.value ? state.value.observation : undefined));

/** What watches, for what is to be done at once. Throws where there is no connection. */
export function connectedObservation(): Observation {
  const current = state.peek();
  if (current.state === "open") return current.observation;
  throw new Error("there is no connection to the gateway now");
}

/** Whether cells may be terminated and sessions ended. */
export const isAdmin = computed(() => observation.value?.scopes.includes("admin") ?? false);

/** Whether turns may be hosted, as the playground does. */
export const mayHost = computed(() => {
  return state.value.state === "host_only" || (observation.value?.scopes.includes("host") ?? false);
});

/** Where the gateway is: where this page comes from, also behind a proxy that serves it under a path. */
export const gatewayUrl = new URL("v1/turn", location.href.replace(/[?#].*/, "")).href;

let attempt = new AbortController();

/** The token, for connections of the playground's own. */
export function currentToken(): string {
  return keptToken.get() ?? "";
}

/** Signs in with the token that the tab has kept. */
export function signInAgain(): void {
  const token = keptToken.get();
  if (token !== undefined) void signIn(token);
}

/** Signs in, and keeps the token for this tab. Never rejects: {@link link} tells how it went. */
export async function signIn(token: string): Promise<void> {
  leave();
  keptToken.set(token);
  const { signal: ended } = (attempt = new AbortController());
  state.value = { state: "signing_in" };
  while (!ended.aborted) {
    try {
      const observed = await observe(gatewayUrl, { token, signal: ended, onState: (event) => hear(event, ended) });
      if (ended.aborted) void observed.close();
      else state.value = { state: "open", observation: observed };
      return;
    } catch (error) {
      if (ended.aborted) return;
      if (!isWorthRetrying(error)) return refused(error);
      const { message } = error as Error;
      state.value = { state: "unreachable", problem: message, retryAtMs: Date.now() + RETRY_MS };
      await pause(RETRY_MS, ended);
    }
  }
}

/** Forgets the token. */
export function signOut(): void {
  leave();
  keptToken.set(undefined);
  state.value = { state: "signed_out" };
}

/** Ends what was connected or being connected. */
function leave(): void {
  attempt.abort();
  void observation.peek()?.close();
}

function refused(error: unknown): void {
  const refusal = refusalOf(error);
  batch(() => {
    if (refusal.state === "signed_out") keptToken.set(undefined);
    state.value = refusal;
  });
}

/** Follows the connection once it was open; the SDK keeps it. */
function hear(event: StateEvent, ended: AbortSignal): void {
  const observed = observation.peek();
  if (ended.aborted || !observed) return;
  switch (event.state) {
    case "lost": {
      const problem = event.closure.reason;
      state.value = { state: "lost", observation: observed, problem, retryAtMs: Date.now() + event.retryMs };
      return;
    }
    case "open":
    case "resumed":
      state.value = { state: "open", observation: observed };
      return;
    case "closed":
      state.value = { state: "closed", problem: event.closure.reason };
      return;
    case "connecting":
      return;
    default:
      event satisfies never;
  }
}

function isWorthRetrying(error: unknown): boolean {
  return error instanceof CellgateError && error.retryable;
}

function pause(ms: number, ended: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    ended.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
