import { parseArgs } from "node:util";
import type { Section } from "./section.ts";
import { sections } from "./sections/sections.ts";

/** How the benchmark was asked for. */
export interface Options {
  /** Where the JSON goes. Default: nowhere. */
  readonly json: string | undefined;
  readonly peers: boolean;
  readonly quick: boolean;
  readonly sections: readonly Section[];
}

export const usage = `Usage: npm run bench -- [options]

  --section NAME  only this section; may be given more than once: ${sections.map(({ name }) => name).join(", ")}
  --peers         the peers too, installed by npm into a cache folder outside this repository
  --quick         fewer samples, in under a minute
  --json FILE     everything that was measured, as JSON
`;

/** Undefined where help was asked for. Throws for what it does not know. */
export function readOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: "string" },
      peers: { type: "boolean", default: false },
      quick: { type: "boolean", default: false },
      section: { type: "string", multiple: true },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return undefined;
  const unknown = values.section?.find((name) => !sections.some((section) => section.name === name));
  if (unknown !== undefined) throw new Error(`--section: expected a section, got ${unknown}`);
  const chosen = sections.filter(({ name }) => values.section?.includes(name) ?? true);
  return { json: values.json, peers: values.peers, quick: values.quick, sections: chosen };
}
