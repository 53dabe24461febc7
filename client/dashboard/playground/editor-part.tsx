import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { PlaygroundEditor } from "../editor/playground-editor.ts";
import { playground } from "./playground-store.ts";

/** The editor; until it is loaded, a plain field that does the same. */
export function EditorPart() {
  const place = useRef<HTMLDivElement>(null);
  const isLoaded = useSignal(false);
  useEffect(() => {
    let isWanted = true;
    let editor: PlaygroundEditor | undefined;
    const load = import("../editor/playground-editor.ts").then(({ createEditor }) => {
      if (!isWanted || !place.current) return;
      isLoaded.value = true;
      editor = createEditor(place.current, {
        text: playground.source.value,
        onChange: (text) => {
          playground.source.value = text;
        },
        onRun: () => void playground.run(),
        tools: () => playground.tools.value,
      });
      playground.editor.value = editor;
    });
    load.catch(() => {}); // the plain field stays
    return () => {
      isWanted = false;
      playground.editor.value = undefined;
      editor?.destroy();
    };
  }, []);
  return (
    <div class="editor">
      {!isLoaded.value && (
        <textarea
          aria-label="Source of the cell"
          spellcheck={false}
          value={playground.source.value}
          onInput={(event) => {
            playground.source.value = event.currentTarget.value;
          }}
        />
      )}
      <div ref={place} class="editor-place" hidden={!isLoaded.value} />
    </div>
  );
}
