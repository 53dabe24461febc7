import { useSignal } from "@preact/signals";
import { Icon } from "./icons.tsx";

/** How long it says that it has copied. */
const SAID_MS = 1_500;

/** Copies a text, which is made when it is wanted. `label` says what, as in `Copy as JSON`. */
export function CopyButton({ label, text }: { readonly label: string; readonly text: () => string }) {
  const said = useSignal("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text());
      said.value = "Copied";
    } catch {
      said.value = "The browser does not allow it";
    }
    setTimeout(() => {
      said.value = "";
    }, SAID_MS);
  };
  return (
    <>
      <button type="button" onClick={() => void copy()}>
        <Icon name="copy" />
        {said.value || label}
      </button>
      <span class="unseen" role="status">
        {said.value}
      </span>
    </>
  );
}
