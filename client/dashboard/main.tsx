import { render } from "preact";
import { followAddress, replaceAddress } from "./address.ts";
import { App, loadViews } from "./app.tsx";
import { signIn, signInAgain } from "./link.ts";
import { metrics } from "./metrics/metrics-store.ts";
import { formatRoute, tokenOf } from "./model/route.ts";

// A printed link brings the token in its fragment: it is taken out of the address before anything else can see it there.
let hasToken = false;
followAddress((fragment) => {
  const token = tokenOf(fragment);
  if (token === undefined) return;
  hasToken = true;
  replaceAddress(formatRoute({ view: "sessions", query: {} }));
  void signIn(token);
});
if (!hasToken) signInAgain();
metrics.start();

const page = document.querySelector("#page");
if (page) render(<App />, page);
loadViews();
