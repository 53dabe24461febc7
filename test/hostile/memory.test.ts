import { testHostile } from "./arena.ts";
import { memory } from "./tables/memory.ts";

testHostile(memory);

const samples = ["arrays of arrays", "a Map", "promises", "array buffers, each refusal caught"];
testHostile({
  title: memory.title,
  claim: "B1: memory beyond the default of 64 MiB ends the cell and nothing else",
  cells: memory.cells.filter(({ does }) => samples.includes(does)),
});
