import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { Pool } from "../../src/executor/pool.ts";
import { Utf8Text } from "../../src/protocol/utf8-text.ts";
import { echo } from "./cell-record.ts";
import { runCell, settings, startUp } from "./pool-cells.ts";
import { descriptorsOf, environmentOf, untilGone } from "./process-signs.ts";

describe("an executor process", () => {
  let pool: Pool;
  afterEach(() => pool.close());

  test("has an empty environment", async () => {
    process.env["CELLGATE_TEST_SECRET"] = "secret";
    pool = new Pool({ executors: 1, settings });
    await runCell(pool, "1");
    expect(environmentOf(pool.pids[0] as number)).toBe("");
    delete process.env["CELLGATE_TEST_SECRET"];
  });

  test("has no descriptors but its own", async () => {
    const secret = openSync(fileURLToPath(import.meta.url), "r");
    pool = new Pool({ executors: 2, settings });
    const cells = await Promise.all([0, 1].map(() => startUp(pool, "await new Promise(() => {})")));
    expect(cells).toHaveLength(2);
    const tables = pool.pids.map((pid) => descriptorsOf(pid));
    closeSync(secret);
    for (const table of tables) {
      expect([table.get(0), table.get(1)]).toEqual(["/dev/null", "/dev/null"]);
      const sockets = [...table].filter(([, target]) => target.startsWith("socket:")).map(([descriptor]) => descriptor);
      expect(sockets).toEqual([2, 3]);
      // The rest is what Node makes for itself: an event loop, and pipes that wake it.
      const others = [...table].filter(([descriptor]) => descriptor > 3).map(([, target]) => target);
      expect(others.filter((target) => !/^(anon_inode:|pipe:|\/dev\/null$)/.test(target))).toEqual([]);
    }
    const [first, second] = tables.map((table) =>
      [...table.values()].filter((target) => /^(socket|pipe):/.test(target)),
    );
    expect(first!.filter((target) => second!.includes(target))).toEqual([]);
  });

  test("passes on events, answers and stored values unchanged", async () => {
    pool = new Pool({ executors: 1, settings });
    const text = `"🐴 \\u0000 \u2028 ${"x".repeat(100_000)}"`;
    const source = `text(load("k")); text(await tools.f(load("k")))`;
    const { texts } = await runCell(pool, source, { tools: ["f"], answer: echo, stored: { k: text } });
    expect(texts).toEqual([JSON.parse(text), JSON.parse(text)]);
  });

  test("passes long content on as the bytes that it came as, and all else as strings", async () => {
    pool = new Pool({ executors: 1, settings });
    const long = "é".repeat(200_000);
    const source = `const long = "é".repeat(200000); text(long); image("data:," + long); text("short"); notify(long); store("k", long)`;
    const { events } = await runCell(pool, source);
    const [text, image, short] = events.flatMap((event) => (event.type === "content" ? [event.item] : []));
    expect(text).toEqual({ type: "text", text: new Utf8Text(Buffer.from(long)) });
    // In pieces, by a pipe: it is put together in memory that V8 does not count.
    expect(text?.type === "text" && (text.text as Utf8Text).bytes.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(image).toEqual({ type: "image", imageUrl: new Utf8Text(Buffer.from(`data:,${long}`)) });
    expect(short).toEqual({ type: "text", text: "short" });
    expect(events).toContainEqual({ type: "notify", text: long });
    expect(events).toContainEqual({ type: "write", key: "k", json: JSON.stringify(long) });
  });

  test("is told the answer of a call that failed", async () => {
    pool = new Pool({ executors: 1, settings });
    const { texts } = await runCell(pool, `try { await tools.f() } catch (e) { text([e.message, e.code].join()) }`, {
      tools: ["f"],
      answer: (_, reply) => reply({ ok: false, message: "no luck", code: "E" }),
    });
    expect(texts).toEqual(["no luck,E"]);
  });
});

const gateways: ChildProcess[] = [];
afterEach(() => {
  for (const gateway of gateways.splice(0)) gateway.kill("SIGKILL");
});

/** A gateway of its own, by a command, that runs `source` and prints the id of its executor. */
async function startGateway(command: string, args: string[]): Promise<{ gateway: ChildProcess; pid: number }> {
  const gateway = spawn(command, args, { stdio: ["ignore", "pipe", "ignore"] });
  gateways.push(gateway);
  const [printed] = (await once(gateway.stdout, "data")) as [Buffer];
  return { gateway, pid: Number(printed.toString()) };
}

const program = fileURLToPath(new URL("doomed-gateway.ts", import.meta.url));

test("an executor process closes what its gateway inherited and Node passes on", async () => {
  const script = `exec 100<"$1"; exec "$0" "$1" "await new Promise(() => {})"`;
  const { gateway, pid } = await startGateway("bash", ["-c", script, process.execPath, program]);
  expect(descriptorsOf(gateway.pid as number).get(100)).toBe(program);
  expect(descriptorsOf(pid).has(100)).toBe(false);
  gateway.kill("SIGKILL");
  await untilGone(pid, 1_000);
});

describe("an executor process whose gateway dies", () => {
  test.each([
    ["with a cell that waits", "await new Promise(() => {})"],
    ["with an endless loop", "for (;;);"],
    ["with an endless chain of microtasks", "for (;;) await null"],
    ["with a flood of short texts", `for (;;) text("x")`],
    ["with a flood of long texts", `for (;;) text("x".repeat(100_000))`],
    ["with a flood of notifications", `for (;;) notify("x")`],
    ["with a native function that does not stop", "Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)"],
  ])("%s dies within a second", async (_, source) => {
    const { gateway, pid } = await startGateway(process.execPath, [program, source]);
    const exited = once(gateway, "exit");
    gateway.kill("SIGKILL");
    await exited;
    expect(await untilGone(pid, 1_000)).toBeLessThan(1_000);
  });
});
