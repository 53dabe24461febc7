import { expect, test } from "vitest";
import type { ExecutorProcess } from "../../src/executor/process.ts";
import { SharedExecutors } from "../../src/executor/shared-executors.ts";
import { collectGarbage } from "../support/garbage.ts";

/** All that {@link SharedExecutors} ask of a process. */
const processWith = (load: number) => ({ load, isReady: true }) as ExecutorProcess;

test("a session goes back to the process of its last cell, unless others have much less to do", () => {
  const executors = new SharedExecutors();
  const [idle, busy] = [processWith(0), processWith(1)];
  executors.add(busy);
  expect(executors.choose("a")).toBe(busy);
  executors.add(idle);
  expect([executors.choose("a"), executors.choose("b")]).toEqual([busy, idle]);
  Object.assign(busy, { load: 2 });
  expect(executors.choose("a")).toBe(idle);
});

test("a process that is gone is chosen by no session, and not held", async () => {
  const executors = new SharedExecutors();
  const lose = () => {
    const process = processWith(0);
    executors.add(process);
    for (const sessionId of ["a", "b"]) expect(executors.choose(sessionId)).toBe(process);
    executors.delete(process);
    return new WeakRef(process);
  };
  const lost = lose();
  await collectGarbage();
  expect(lost.deref()).toBeUndefined();
  expect(executors.choose("a")).toBeUndefined();
});
