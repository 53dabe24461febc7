import { exit } from "./tables/exit.ts";
import { testHostile } from "./arena.ts";

testHostile(exit);
