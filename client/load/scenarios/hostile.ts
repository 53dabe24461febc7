import type { Flow, Scenario } from "../scenario.ts";

/** A cell that does not end by itself: it yields first, and is stopped then. */
function stopped(name: string, loop: string): Flow {
  return {
    name,
    steps: [
      {
        do: "execute",
        source: `yield_control(); ${loop}`,
        yieldMs: 100,
        expect: lostToo("yielded", "", "notification_limit"),
      },
      {
        do: "terminate",
        expect: { ...lostToo("terminated"), error: ["", "executor_lost", "cell_not_found", "notification_limit"] },
      },
    ],
  };
}

/** A cell may go with the process of a worse one. */
function lostToo(type: "result" | "yielded" | "terminated", ...errors: string[]) {
  return { type: [type, "result"], error: [...(errors.length > 0 ? errors : [""]), "executor_lost"] } as const;
}

function ends(name: string, source: string, ...errors: string[]): Flow {
  return { name, steps: [{ do: "execute", source, yieldMs: null, expect: lostToo("result", ...errors) }] };
}

/** Cells that try to take the gateway down, among others that have to be answered all the same. */
export const hostile: Scenario = {
  name: "hostile",
  about: "cells that loop, hoard, flood and poison, and neighbours that must be served all the same",
  tools: { echo: { description: "answers with its input" } },
  load: { sockets: 16, durationMs: 20_000 },
  flows: [
    { ...ends("neighbour", `text(await tools.echo("x"))`), weight: 30 },
    ends("hoards memory", `const all = []; for (;;) all.push(new Array(1000).fill(0))`, "memory_limit"),
    ends("hoards buffers", `const all = []; for (;;) all.push(new Uint8Array(1e6))`, "memory_limit"),
    ends("fills the stack", `const f = () => f() + 1; f()`, "script_error"),
    ends(
      "poisons",
      `for (const kind of [Promise, String, Map]) for (const key of Reflect.ownKeys(kind.prototype)) try { kind.prototype[key] = null } catch {}`,
    ),
    ends("exits in a catch", `try { exit() } finally { for (;;); }`),
    ends("calls and leaves", `for (let call = 0; call < 500; call++) tools.echo(call).catch(() => {})`),
    stopped("loops", `for (;;);`),
    stopped("loops in microtasks", `for (;;) await null`),
    stopped("floods with text", `for (;;) text("x".repeat(1000))`),
    stopped("floods with notifications", `for (;;) { notify("x"); await null; }`),
    // V8 cannot interrupt it: it costs the process.
    { ...stopped("loops in native code", `Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)`), weight: 0.2 },
  ],
};
