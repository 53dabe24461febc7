import type { HostileTable } from "./hostile-cell.ts";
import { endlessCode } from "./tables/endless-code.ts";
import { escapes } from "./tables/escapes.ts";
import { exit } from "./tables/exit.ts";
import { exoticThrows } from "./tables/exotic-throws.ts";
import { floods } from "./tables/floods.ts";
import { memory } from "./tables/memory.ts";
import { poisoning } from "./tables/poisoning.ts";
import { recursion } from "./tables/recursion.ts";
import { wrapper } from "./tables/wrapper.ts";

/** Every hostile cell, in the order of the document. */
export const tables: readonly HostileTable[] = [
  memory,
  recursion,
  endlessCode,
  floods,
  exoticThrows,
  poisoning,
  escapes,
  wrapper,
  exit,
];
