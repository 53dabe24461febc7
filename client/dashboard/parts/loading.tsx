import { link } from "../link.ts";
import { Notice } from "./notice.tsx";

/** Stands where something has not come yet. */
export function Loading({ what }: { readonly what: string }) {
  if (link.value.state !== "unreachable") return <Notice title={`Loading ${what}…`} />;
  return <Notice title={`As soon as the gateway answers, ${what} will be here`} />;
}
