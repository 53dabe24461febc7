import { wrapper } from "./tables/wrapper.ts";
import { testHostile } from "./arena.ts";

testHostile(wrapper);
