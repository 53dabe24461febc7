import { ConnectionError } from "../../index.ts";

/** How a page stands that was not let in, and why. */
export interface Refusal {
  readonly state: "host_only" | "signed_out";
  readonly problem: string;
}

/** How the reason begins of a close of a token that may do something, and not watch. */
const NEEDS_A_SCOPE = "expected the scope ";

/**
 * What it means that there is no connection. A `forbidden` is not only said to a token that may host turns alone: a page
 * from where the gateway takes none is told so too, and a token that may do nothing.
 */
export function refusalOf(error: unknown): Refusal {
  const { message } = error as Error;
  if (!(error instanceof ConnectionError)) return { state: "signed_out", problem: message };
  const { code, reason = message } = error;
  const isHostOnly = code === "forbidden" && reason.startsWith(NEEDS_A_SCOPE);
  return { state: isHostOnly ? "host_only" : "signed_out", problem: reason };
}
