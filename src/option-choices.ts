/** The options that are one of a few words. The first word of each is the default. */
export const optionChoices = {
  metrics: ["admin", "open"],
  logLevel: ["info", "warn", "error", "silent"],
  isolateReuse: ["session", "never"],
  jit: ["on", "off"],
  isolation: ["shared", "session"],
} as const;

/** Name of an option that is one of a few words. */
export type ChoiceName = keyof typeof optionChoices;

/** What such an option may be. */
export type Choice<Name extends ChoiceName> = (typeof optionChoices)[Name][number];

/** The words that the option may be: `info, warn, error or silent`. */
export function choicesOf(name: ChoiceName): string {
  const words = optionChoices[name];
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

/** What is wrong with a value for this option, if anything: `expected on or off`. */
export function choiceProblem(name: ChoiceName, value: string): string | undefined {
  const words: readonly string[] = optionChoices[name];
  return words.includes(value) ? undefined : `expected ${choicesOf(name)}`;
}
