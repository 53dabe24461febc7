import { floods } from "./tables/floods.ts";
import { testHostile } from "./arena.ts";

testHostile(floods);
