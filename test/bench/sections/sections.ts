import type { Section } from "../section.ts";
import { calls } from "./calls.ts";
import { latency } from "./latency.ts";
import { memory } from "./memory.ts";
import { cpu, naps, notifications, parallel, text } from "./single.ts";
import { start } from "./start.ts";
import { terminate } from "./terminate.ts";
import { throughput } from "./throughput.ts";

/** In the order of the report. */
export const sections: readonly Section[] = [
  latency,
  throughput,
  calls,
  naps,
  parallel,
  notifications,
  text,
  cpu,
  terminate,
  memory,
  start,
];

export function sectionNamed(name: string): Section {
  const section = sections.find((one) => one.name === name);
  if (!section) throw new Error(`expected a section, got ${name}`);
  return section;
}
