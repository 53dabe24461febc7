import { exoticThrows } from "./tables/exotic-throws.ts";
import { testHostile } from "./arena.ts";

testHostile(exoticThrows);
