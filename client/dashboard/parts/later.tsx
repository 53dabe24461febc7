import { useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { Notice } from "./notice.tsx";

/** Shows a component that is loaded when it is needed. */
export function Later({ load }: { readonly load: () => Promise<ComponentType> }) {
  const loaded = useSignal<{ readonly load: unknown; readonly View: ComponentType } | undefined>(undefined);
  const problem = useSignal("");
  useEffect(() => {
    problem.value = "";
    load().then(
      (View) => {
        loaded.value = { load, View };
      },
      (error: unknown) => {
        problem.value = (error as Error).message;
      },
    );
  }, [load]);
  if (problem.value) {
    return (
      <Notice title="This view could not be loaded" isProblem>
        <p>{problem.value}</p>
        <button type="button" onClick={() => location.reload()}>
          Load the page again
        </button>
      </Notice>
    );
  }
  if (loaded.value?.load !== load) return <Notice title="Loading…" />;
  const { View } = loaded.value;
  return <View />;
}
