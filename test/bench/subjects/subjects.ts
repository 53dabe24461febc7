import type { Subject } from "../runtime.ts";
import { cellgate } from "./cellgate.ts";
import { cloudflare } from "./cloudflare.ts";
import { codex } from "./codex.ts";
import { executorQuickjs } from "./executor-quickjs.ts";
import { isolatedVm } from "./isolated-vm.ts";
import { relay } from "./relay.ts";
import { run } from "./run.ts";
import { tanstack } from "./tanstack.ts";
import { utcp } from "./utcp.ts";
import { wsEcho } from "./ws-echo.ts";

/** The one that the bars are set against. */
export const anchorName = codex.name;

/** The one that they are set for. */
export const ownName = "cellgate";

/** Measured always: cellgate, and what it stands on. */
export const ownSubjects: readonly Subject[] = [
  cellgate({ name: ownName, about: "as it is by default, through its WebSocket", flags: [] }),
  cellgate({
    name: "cellgate, fresh",
    about: "with a fresh isolate for every cell",
    flags: ["--isolate-reuse", "never"],
  }),
  isolatedVm,
  relay,
  wsEcho,
];

/** Measured with `--peers`. */
export const peers: readonly Subject[] = [codex, executorQuickjs, run, utcp, tanstack, cloudflare];

export function subjectNamed(name: string): Subject {
  const subject = [...ownSubjects, ...peers].find((one) => one.name === name);
  if (!subject) throw new Error(`expected a subject, got ${name}`);
  return subject;
}
