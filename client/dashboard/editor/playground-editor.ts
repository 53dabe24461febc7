import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { javascript } from "@codemirror/lang-javascript";
import { bracketMatching, indentOnInput } from "@codemirror/language";
import { EditorState, StateEffect, StateField } from "@codemirror/state";
import {
  Decoration,
  type DecorationSet,
  drawSelection,
  EditorView,
  highlightActiveLine,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import type { ToolDefinition } from "../../index.ts";
import { completionsAt } from "./completions.ts";
import { editorTheme, shadowIn } from "./editor-theme.ts";
import { typedOver } from "./typed-over.ts";

/** What an editor tells, and asks. */
interface EditorOptions {
  readonly text: string;
  readonly onChange: (text: string) => void;
  /** Ctrl or the command key, and Enter. */
  readonly onRun: () => void;
  /** The tools that are declared now. */
  readonly tools: () => readonly ToolDefinition[];
}

/** An editor of a cell's source. */
export interface PlaygroundEditor {
  /** Marks the line of an error, until the text is changed; undefined marks none. */
  markLine(line: number | undefined): void;
  focus(): void;
  destroy(): void;
}

const setMark = StateEffect.define<number | undefined>();

const marked = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, { effects, docChanged, state }) {
    for (const effect of effects) {
      if (!effect.is(setMark)) continue;
      const line = effect.value;
      if (line === undefined || line > state.doc.lines) return Decoration.none;
      return Decoration.set(Decoration.line({ class: "cm-error-line" }).range(state.doc.line(line).from));
    }
    return docChanged ? Decoration.none : marks;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** Puts an editor there. Tab leaves it, as it leaves any field. */
export function createEditor(place: HTMLElement, { text, onChange, onRun, tools }: EditorOptions): PlaygroundEditor {
  const root = shadowIn(place);
  const run = () => {
    onRun();
    return true;
  };
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: text,
      extensions: [
        EditorView.contentAttributes.of({ "aria-label": "Source of the cell" }),
        lineNumbers(),
        history(),
        drawSelection(),
        highlightActiveLine(),
        indentOnInput(),
        typedOver,
        bracketMatching(),
        closeBrackets(),
        autocompletion({ override: [(context) => completionsAt(context, tools())] }),
        javascript({ typescript: true }),
        marked,
        keymap.of([
          { key: "Mod-Enter", run },
          ...closeBracketsKeymap,
          ...completionKeymap,
          ...historyKeymap,
          ...defaultKeymap,
        ]),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) onChange(update.state.doc.toString());
        }),
        editorTheme,
      ],
    }),
  });
  return {
    markLine: (line) => view.dispatch({ effects: setMark.of(line) }),
    focus: () => view.focus(),
    destroy: () => view.destroy(),
  };
}
