import { escapes } from "./tables/escapes.ts";
import { testHostile } from "./arena.ts";

testHostile(escapes);
