import type { ScenarioData } from "./scenario-data.ts";

/** Text of a scenario, made anew for each run: in a module a function may make it; in JSON it may have placeholders. */
export type Template = string | ((data: ScenarioData) => string);

/** What may stand between `{{` and `}}`, with its arguments behind it, apart by spaces. */
const placeholders: { readonly [name: string]: (data: ScenarioData, args: readonly string[]) => string } = {
  socket: ({ socket }) => String(socket),
  run: ({ run }) => String(run),
  integer: (data, [min = "0", max = "1"]) => String(data.integer(Number(min), Number(max))),
  text: (data, [bytes = "0"]) => data.text(Number(bytes)),
  pick: (data, words) => data.pick(words),
};

const PLACEHOLDER = /\{\{ *(\w+)((?: +[^\s{}]+)*) *\}\}/g;

/**
 * The text for a run: `{{socket}}`, `{{run}}`, `{{integer 1 100}}`, `{{text 1000}}` and `{{pick a b c}}` are replaced.
 * Other braces stay as they are.
 */
export function textOf(template: Template, data: ScenarioData): string {
  if (typeof template === "function") return template(data);
  if (!template.includes("{{")) return template;
  return template.replaceAll(PLACEHOLDER, (whole: string, name: string, args: string) => {
    const replace = Object.hasOwn(placeholders, name) ? placeholders[name] : undefined;
    return replace ? replace(data, args.split(" ").filter(Boolean)) : whole;
  });
}
