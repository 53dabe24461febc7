import { now } from "./clock.ts";
import { currentToken, link, signIn } from "./link.ts";

/** A line above the view, where the page is not connected: what that means, and what to do. */
export function LinkNotice() {
  const current = link.value;
  switch (current.state) {
    case "lost":
      return (
        <Line text={`The connection to the gateway is lost${current.problem && `: ${current.problem}`}.`}>
          What you see may be out of date. Connecting again {inSeconds(current.retryAtMs)}.
        </Line>
      );
    case "unreachable":
      return (
        <Line text="The gateway does not answer.">Is it running? Trying again {inSeconds(current.retryAtMs)}.</Line>
      );
    case "closed":
      return (
        <Line text={`The connection to the gateway ended${current.problem && `: ${current.problem}`}.`}>
          <button type="button" onClick={() => void signIn(currentToken())}>
            Connect again
          </button>
        </Line>
      );
    default:
      return null;
  }
}

function Line({ text, children }: { readonly text: string; readonly children: preact.ComponentChildren }) {
  return (
    <div class="link-notice" role="alert">
      <strong>{text}</strong> {children}
    </div>
  );
}

function inSeconds(atMs: number): string {
  void now.value; // once a second
  const seconds = Math.max(0, Math.ceil((atMs - Date.now()) / 1_000));
  return seconds === 0 ? "now" : `in ${seconds} s`;
}
