import { javascript } from "@codemirror/lang-javascript";
import { EditorState } from "@codemirror/state";
import { Decoration, EditorView, lineNumbers } from "@codemirror/view";
import { editorTheme, shadowIn } from "./editor-theme.ts";

/** Code to be read: highlighted, with the line marked where it failed. It is there until it is destroyed. */
export function createSourceView(place: HTMLElement, text: string, errorLine?: number): { destroy(): void } {
  const root = shadowIn(place);
  return new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: text,
      extensions: [
        EditorState.readOnly.of(true),
        EditorView.contentAttributes.of({ "aria-label": "Source", tabindex: "0" }),
        EditorView.editable.of(false),
        EditorView.lineWrapping,
        lineNumbers(),
        javascript({ typescript: true }),
        editorTheme,
        mark(errorLine),
      ],
    }),
  });
}

function mark(line: number | undefined) {
  return EditorView.decorations.of(({ state }) => {
    if (line === undefined || line > state.doc.lines) return Decoration.none;
    return Decoration.set(Decoration.line({ class: "cm-error-line" }).range(state.doc.line(line).from));
  });
}
