import { fork } from "node:child_process";
import { once } from "node:events";
import { execArgv } from "./driver-process.ts";
import type { Answer, Order, Sample } from "./messages.ts";
import { kill, processTree } from "./processes.ts";
import type { Runtime, Subject } from "./runtime.ts";
import { sectionNamed } from "./sections/sections.ts";
import { timed } from "./section.ts";
import { subjectNamed } from "./subjects/subjects.ts";
import { UnsupportedError } from "./work.ts";

/** The process that measures one subject: it is the subject's client, or, for a library, runs it inside. */

let opened: { subject: Subject; folder: string; runtime: Runtime } | undefined;

process.on("message", (order: Order) => void obey(order).then(answer));
// The benchmark is gone: so is whatever this process started.
process.on("disconnect", () => void close().finally(() => process.exit()));

async function obey(order: Order): Promise<Answer> {
  const samples: Sample[] = [];
  try {
    switch (order.type) {
      case "open":
        await open(order);
        break;
      case "take":
        await take(order.section, order.quick, samples);
        break;
      case "close":
        await close();
        break;
      default:
        order satisfies never;
    }
    return { type: "done", samples };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { type: "failed", message, unsupported: error instanceof UnsupportedError, samples };
  }
}

async function open({ subject: name, folder, warmUpCells }: Extract<Order, { type: "open" }>): Promise<void> {
  const subject = subjectNamed(name);
  opened = { subject, folder, runtime: await subject.open(folder) };
  for (let cell = 0; cell < warmUpCells; cell++) await opened.runtime.run({ type: "noop" });
}

async function take(name: string, quick: boolean, samples: Sample[]): Promise<void> {
  if (!opened) throw new Error("expected an open subject");
  const { subject, folder, runtime } = opened;
  await sectionNamed(name).take(runtime, {
    quick,
    record: (metric, value) => samples.push({ metric, value }),
    startTime: () => (subject.inProcess ? processStart(subject.name, folder) : openTime(subject, folder)),
  });
}

/** A library's start is that of a process that has it: another one of these. */
async function processStart(subject: string, folder: string): Promise<number> {
  const child = fork(import.meta.filename, { execArgv: [...execArgv] });
  try {
    return await timed(async () => {
      child.send({ type: "open", subject, folder, warmUpCells: 1 } satisfies Order);
      const [reply] = (await once(child, "message")) as [Answer];
      if (reply.type === "failed") throw new Error(reply.message);
    });
  } finally {
    // With what it started in turn.
    for (const pid of child.pid === undefined ? [] : processTree(child.pid)) kill(pid);
  }
}

async function openTime(subject: Subject, folder: string): Promise<number> {
  let runtime: Runtime | undefined;
  try {
    return await timed(async () => {
      runtime = await subject.open(folder);
      await runtime.run({ type: "noop" });
    });
  } finally {
    await runtime?.close();
  }
}

async function close(): Promise<void> {
  const { runtime } = opened ?? {};
  opened = undefined;
  await runtime?.close();
}

function answer(reply: Answer): void {
  process.send?.(reply);
}
