import { poisoning } from "./tables/poisoning.ts";
import { testHostile } from "./arena.ts";

testHostile(poisoning);
