import { endlessCode } from "./tables/endless-code.ts";
import { testHostile } from "./arena.ts";

testHostile(endlessCode);
