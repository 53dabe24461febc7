import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { CellEvent } from "../../src/executor/executor.ts";
import { Framing } from "../../src/executor/framing.ts";
import { type Command, type Report, withText } from "../../src/executor/messages.ts";
import { nodeFlags } from "../../src/executor/node-flags.ts";
import { settings } from "./pool-cells.ts";
import { rssOf } from "./process-signs.ts";

const entry = fileURLToPath(new URL("../../src/executor/main.ts", import.meta.url));

describe("the entry of an executor process", () => {
  let child: ChildProcess;
  let socket: Duplex;
  let framing: Framing<Report, Command>;
  let reports: Report[];
  let printed: string;
  let wake: () => void;
  let exited: Promise<unknown[]>;

  beforeEach(() => {
    child = spawn(process.execPath, [...nodeFlags("on", settings.limits.heapBytes), entry, JSON.stringify(settings)], {
      env: {},
      stdio: ["ignore", "ignore", "pipe", "pipe"],
    });
    socket = child.stdio[3] as Duplex;
    socket.on("error", () => {});
    exited = once(child, "close");
    reports = [];
    printed = "";
    wake = () => {};
    child.stderr?.on("data", (chunk: Buffer) => (printed += chunk.toString()));
    framing = new Framing(socket, (report, text) => {
      reports.push(
        report.type === "long_event" ? { ...report, event: withText(report.event, text?.toString() ?? "") } : report,
      );
      wake();
    });
  });
  afterEach(() => child.kill("SIGKILL"));

  async function until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  /** All but those of its figures. */
  const eventsOf = (cellId: string): CellEvent[] =>
    reports
      .flatMap((report) => {
        if (report.type === "long_event" && report.cellId === cellId) return [report.event];
        return report.type === "events" && report.cellId === cellId ? report.events : [];
      })
      .filter(({ type }) => type !== "usage");
  const hasEnded = (cellId: string) => eventsOf(cellId).at(-1)?.type === "ended";
  const start = (cellId: string, source: string) =>
    framing.send({ type: "start", cellId, sessionId: "session", source, tools: [], storedValues: [] });

  test("says first that it is ready", async () => {
    await until(() => reports.length > 0);
    expect(reports).toEqual([{ type: "ready" }]);
  });

  test("runs cells side by side and tells of each in order", async () => {
    start("a", `for (let i = 0; i < 3; i++) { text(i); await new Promise((done) => setTimeout(done, 2)) }`);
    start("b", `for (let i = 0; i < 3; i++) { text(i); await new Promise((done) => setTimeout(done, 2)) }`);
    await until(() => hasEnded("a") && hasEnded("b"));
    for (const cellId of ["a", "b"]) {
      expect(eventsOf(cellId).map(({ type }) => type)).toEqual(["started", "content", "content", "content", "ended"]);
    }
  });

  test("the start of a cell travels with what it says next, and tells how long ago that was", async () => {
    start("a", `text(1)`);
    await until(() => hasEnded("a"));
    const [started] = eventsOf("a");
    expect(started).toEqual({ type: "started", agoMs: expect.any(Number) });
    const together = reports.filter((report) => report.type === "events" && report.events[0]?.type === "started");
    // One that rests says so by itself.
    start("b", `await new Promise(() => {})`);
    await until(() => eventsOf("b").length > 0);
    expect(together).toHaveLength(1);
    expect(eventsOf("b")).toEqual([{ type: "started", agoMs: expect.any(Number) }]);
  });

  test("long strings travel beside their messages, in order", async () => {
    const long = "ž".repeat(100_000);
    start(
      "a",
      `text("first"); text("ž".repeat(1e5)); notify("ž".repeat(1e5)); store("key", "ž".repeat(1e5)); text("last")`,
    );
    await until(() => hasEnded("a"));
    const text = (item: string) => ({ type: "content", item: { type: "text", text: item } });
    const wrote = { type: "write", key: "key", json: JSON.stringify(long) };
    const events = [text("first"), text(long), { type: "notify", text: long }, wrote, text("last")];
    expect(eventsOf("a").slice(1, -1)).toEqual(events);
    expect(reports.filter(({ type }) => type === "long_event")).toHaveLength(3);
  });

  test("ignores commands for cells that it does not run", async () => {
    framing.send({ type: "terminate", cellId: "nobody" });
    framing.send({ type: "answer", cellId: "nobody", call: 1, answer: { ok: true } });
    start("a", "1");
    await until(() => hasEnded("a"));
  });

  test("tells many events in few messages, none of them large", async () => {
    start("a", `for (let i = 0; i < 20_000; i++) text("x".repeat(100))`);
    await until(() => hasEnded("a"));
    const sizes = reports.map((report) => JSON.stringify(report).length);
    expect(eventsOf("a")).toHaveLength(20_002);
    expect(sizes.length).toBeLessThan(2_000);
    // 256 Ki characters of text, and what JSON puts around it.
    expect(Math.max(...sizes)).toBeLessThan(600_000);
  });

  test("O2: a cell that is faster than the gateway reads is paused, and memory stays bounded", async () => {
    start("a", `text("up"); for (;;) text("x".repeat(50_000))`);
    await until(() => eventsOf("a").length > 100);
    socket.pause();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const unread = rssOf(child.pid as number);
    socket.resume();
    const at = performance.now();
    framing.send({ type: "terminate", cellId: "a" });
    await until(() => hasEnded("a"));
    console.log(`flood, unread for 1 s: ${unread.toFixed(0)} MB; terminate ${(performance.now() - at).toFixed(0)} ms`);
    // Without the pause it had 400 MB after half a second, and `terminate` was heard after a second.
    expect(unread).toBeLessThan(350);
    expect(performance.now() - at).toBeLessThan(500);
  });

  test("dies when its gateway closes the socket, whatever its cells do", async () => {
    start("a", `text("up"); for (;;) text("x".repeat(10_000))`);
    start("b", `text("up"); for (;;);`);
    await until(() => eventsOf("a").length > 2 && eventsOf("b").length > 1);
    socket.destroy();
    expect(await exited).toEqual([null, "SIGKILL"]);
  });

  test.each<[string, Buffer, RegExp]>([
    ["is no JSON", Buffer.from("\0\0\0\u0001\0\0\0\0{"), /SyntaxError/],
    ["is no command", Buffer.from("\0\0\0\u0004\0\0\0\0null"), /TypeError/],
    ["lacks what it needs", Buffer.from('\0\0\0\u001f\0\0\0\0{"type":"start","cellId":"bad"}'), /TypeError/],
  ])("dies of a message that %s and says why, even while a cell loops", async (_, bytes, why) => {
    start("a", `text("up"); for (;;);`);
    await until(() => eventsOf("a").length > 1);
    socket.write(bytes);
    expect(await exited).toEqual([null, "SIGKILL"]);
    expect(printed).toMatch(why);
  });
});
