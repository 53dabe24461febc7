import { recursion } from "./tables/recursion.ts";
import { testHostile } from "./arena.ts";

testHostile(recursion);
