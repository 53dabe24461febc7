import { testHostile } from "./arena.ts";
import type { HostileTable } from "./hostile-cell.ts";
import { endlessCode } from "./tables/endless-code.ts";
import { escapes } from "./tables/escapes.ts";
import { exit } from "./tables/exit.ts";
import { memory } from "./tables/memory.ts";
import { poisoning } from "./tables/poisoning.ts";
import { recursion } from "./tables/recursion.ts";

/** Enough of each class, every so many cells, to see that the interpreter keeps the promises that compiled code does. */
const everyFourth = (table: HostileTable): HostileTable => ({
  ...table,
  claim: `with jit off, ${table.claim}`,
  cells: table.cells.filter((_, index) => index % 4 === 0),
});

for (const table of [endlessCode, escapes, exit, memory, poisoning, recursion]) {
  testHostile(everyFourth(table), { jit: "off" });
}
