import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Collects all garbage of this process. What a weak reference was made to counts as garbage only after this. */
export async function collectGarbage(): Promise<void> {
  // It is held until the next turn of the event loop.
  await new Promise(setImmediate);
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}
