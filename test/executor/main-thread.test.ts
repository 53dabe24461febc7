import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { afterEach, expect, test } from "vitest";
import { MainThread } from "../../src/executor/main-thread.ts";

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

/** A process that says something and then does what the source does. */
async function run(source: string): Promise<number> {
  const args = ["-e", `require("fs").writeSync(1, "."); ${source}`];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] });
  children.push(child);
  await once(child.stdout, "data");
  return child.pid as number;
}

/** What is said of the thread each time that it is looked at. */
async function looksAt(thread: MainThread, count: number): Promise<boolean[]> {
  const looks = [];
  thread.isStarved();
  for (let look = 0; look < count; look++) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    looks.push(thread.isStarved());
  }
  return looks;
}

test("a thread that waits or stands still is not starved, however little it runs", async () => {
  const waiting = await run("setInterval(() => {}, 1e6)");
  const stopped = await run("for (;;);");
  process.kill(stopped, "SIGSTOP");
  expect(await looksAt(new MainThread(waiting), 2)).toEqual([false, false]);
  expect((await looksAt(new MainThread(stopped), 2)).at(-1)).toBe(false);
});

test("a thread that wants to run beside many others is starved", async () => {
  const others = Array.from({ length: 4 * availableParallelism() }, () => run("for (;;);"));
  const [pid] = await Promise.all(others);
  // By chance it may have had a core for once.
  expect(await looksAt(new MainThread(pid as number), 5)).toContain(true);
});

test("a process that is gone is not starved", () => {
  expect(new MainThread(2 ** 22 + 1).isStarved()).toBe(false);
});
