import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import type { ToolDefinition } from "../../index.ts";
import { helpers, toolCompletions } from "../model/cell-helpers.ts";

const helperOptions: readonly Completion[] = helpers.map(({ name, signature, info }) => ({
  label: name,
  detail: signature,
  info,
  type: "function",
}));

/** What may follow where the cursor stands: a helper of cells, or behind `tools.` a tool that is declared. */
export function completionsAt(context: CompletionContext, tools: readonly ToolDefinition[]): CompletionResult | null {
  const member = context.matchBefore(/\btools\s*\.\s*[\w$]*/);
  if (member) {
    const from = member.from + member.text.search(/[\w$]*$/);
    const options = toolCompletions(tools).map(({ name, signature, info }) => {
      return { label: name, detail: signature, info, type: "method" };
    });
    return { from, options, validFor: /^[\w$]*$/ };
  }
  const word = context.matchBefore(/[\w$]+/);
  if (!word && !context.explicit) return null;
  // What follows a dot is no helper.
  if (word && /\.\s*$/.test(context.state.sliceDoc(Math.max(0, word.from - 8), word.from))) return null;
  return { from: word?.from ?? context.pos, options: helperOptions, validFor: /^[\w$]*$/ };
}
