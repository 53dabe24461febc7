import { link, signOut } from "../link.ts";
import { Notice } from "./notice.tsx";

/** Stands in place of what the token does not allow. `to` says what that is, as in `watch sessions`. */
export function NoPermission({ scope, to }: { readonly scope: string; readonly to: string }) {
  const current = link.value;
  return (
    <Notice title={`Your token may not ${to}`}>
      <p>
        That needs a token with the scope <code>{scope}</code>. Ask whoever runs the gateway for one.
      </p>
      {current.state === "host_only" && <p>The gateway says: {current.problem}.</p>}
      <button type="button" onClick={signOut}>
        Sign in with another token
      </button>
    </Notice>
  );
}
