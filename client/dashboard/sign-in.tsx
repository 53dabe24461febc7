import { useSignal } from "@preact/signals";
import { hrefOf } from "./address.ts";
import { link, signIn } from "./link.ts";

/** Asks for a token. */
export function SignIn() {
  const token = useSignal("");
  const current = link.value;
  const isBusy = current.state === "signing_in";
  const problem = current.state === "signed_out" ? current.problem : undefined;
  const submit = (event: Event) => {
    event.preventDefault();
    if (token.value.trim() !== "") void signIn(token.value.trim());
  };
  return (
    <div class="sign-in">
      <form onSubmit={submit}>
        <h1>Sign in to this gateway</h1>
        <label for="token">Token</label>
        <input
          id="token"
          type="password"
          autocomplete="off"
          spellcheck={false}
          value={token.value}
          disabled={isBusy}
          aria-describedby="token-hint"
          aria-invalid={problem !== undefined}
          onInput={(event) => {
            token.value = event.currentTarget.value;
          }}
        />
        {problem !== undefined && (
          <p class="fault" role="alert">
            You are not let in: {problem}. Check the token, or ask whoever runs the gateway for another.
          </p>
        )}
        <button type="submit" class="primary" disabled={isBusy || token.value.trim() === ""}>
          {isBusy ? "Signing in…" : "Sign in"}
        </button>
        <p id="token-hint" class="muted">
          Watching needs the scope <code>observe</code> or <code>admin</code>, the playground <code>host</code>. A
          gateway without configured tokens prints a link with its token when it starts. The token stays in this tab.
        </p>
        <p class="muted">
          Without a gateway you can <a href={hrefOf({ view: "trace", query: {} })}>open a trace file</a>.
        </p>
      </form>
    </div>
  );
}
