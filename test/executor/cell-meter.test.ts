import { describe, expect, test } from "vitest";
import { runInIsolate, startIsolate } from "./isolate-run.ts";

const error = {
  code: "cpu_limit",
  message: "exec cell used more CPU time than 100 ms (maxCpuMs)",
  limit: "maxCpuMs",
};

describe("B2: what a cell in its isolate uses", () => {
  test.each([
    ["an endless loop", "for (;;);"],
    ["an endless chain of microtasks", "for (;;) await null"],
    ["a timer after the other", "const loop = () => setTimeout(loop, 0); loop(); await new Promise(() => {})"],
    ["a loop in a finally", "try { throw 1 } finally { for (;;); }"],
  ])("B2: %s ends with cpu_limit, and `ended` comes once", async (_, source) => {
    const limits = { maxCpuMs: source.includes("setTimeout") ? 20 : 100 };
    const { record, isolate, broken } = startIsolate(`text("up"); ${source}`, { limits });
    const end = await record.ended;
    expect(end).toMatchObject({ how: "failed", error: { code: "cpu_limit", limit: "maxCpuMs" } });
    if (limits.maxCpuMs === 100) expect(end).toEqual({ how: "failed", error });
    // Whole milliseconds are told.
    expect(record.figures.at(-1)?.cpuMs).toBeGreaterThanOrEqual(limits.maxCpuMs);
    isolate.terminate();
    isolate.answer(1, { ok: true });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(record.events.map(({ type }) => type)).toEqual(["started", "content", "ended"]);
    expect(broken).toEqual([]);
  });

  test("B2: a cell that waits uses nothing, and tells its figures once", async () => {
    const { record, isolate } = startIsolate("await new Promise(() => {})");
    await record.until(({ figures }) => figures.length > 0);
    // Long enough for three samples, if there were any.
    await new Promise((resolve) => setTimeout(resolve, 800));
    expect(record.figures).toHaveLength(1);
    isolate.terminate();
    await record.ended;
    const [told, last] = record.figures;
    expect(last).toEqual(told);
    expect(last?.cpuMs).toBeLessThan(200);
    expect(last?.heapBytes).toBeGreaterThan(100_000);
  });

  test("B5: a cell that works in slices tells more and more", async () => {
    const source = `
      globalThis.kept = [];
      for (;;) {
        const until = Date.now() + 20;
        while (Date.now() < until);
        kept.push(new Uint8Array(200_000).fill(1));
        await new Promise((done) => setTimeout(done, 20));
      }`;
    const { record, isolate } = startIsolate(source);
    await record.until(({ figures }) => figures.length >= 4);
    isolate.terminate();
    await record.ended;
    const [first, ...later] = record.figures;
    expect(later.at(-1)?.cpuMs).toBeGreaterThan((first?.cpuMs ?? 0) + 20);
    expect(later.at(-1)?.heapBytes).toBeGreaterThan((first?.heapBytes ?? 0) + 400_000);
  });

  test("B2: at its end a cell tells what it used, however short it was", async () => {
    const source = "const until = Date.now() + 60; while (Date.now() < until);";
    const { events } = await runInIsolate(source);
    const end = events.at(-1);
    const cpuMs = end?.type === "ended" ? end.usage?.cpuMs : undefined;
    expect(cpuMs).toBeGreaterThanOrEqual(20);
    expect(cpuMs).toBeLessThan(2_000);
  });
});
