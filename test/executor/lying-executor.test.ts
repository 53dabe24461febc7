import { chmod } from "node:fs/promises";
import { afterEach, expect, test } from "vitest";
import { executorLost } from "../../src/protocol/error-codes.ts";
import type { CellEvent } from "../../src/executor/executor.ts";
import { ExecutorProcess } from "../../src/executor/process.ts";
import { TemporaryFile } from "../support/temporary-file.ts";
import { settings } from "./pool-cells.ts";

const node = process.execPath;
afterEach(() => {
  process.execPath = node;
});

/** Stands in for an executor whose V8 was broken out of: it answers a start with this, and lives on for a minute. */
const program = (report: unknown, text: readonly number[]): string => `#!${node}
const { Socket } = require("node:net");
const socket = new Socket({ fd: 3 });
const send = (report, text) => {
  const json = Buffer.from(JSON.stringify(report));
  const header = Buffer.alloc(8);
  header.writeUInt32BE(json.length);
  header.writeUInt32BE(text.length, 4);
  socket.write(Buffer.concat([header, json, Buffer.from(text)]));
};
send({ type: "ready" }, []);
socket.once("data", () => send(${JSON.stringify(report)}, ${JSON.stringify(text)}));
setTimeout(() => process.exit(), 60_000);
`;

const { limits } = settings;
const cellId = "cell";
const events = (...said: readonly unknown[]) => ({ type: "events", cellId, events: said });
const content = (text: unknown) => events({ type: "content", item: { type: "text", text } });
const call = (_: unknown, index: number) => ({ type: "tool_call", call: index + 1, tool: "f" });
const write = (json: string) => (_: unknown, index: number) => ({ type: "write", key: `${index}`, json });
const broken = { type: "broken", reason: "stuck", sessionId: "s", message: "" };
const failed = (error: unknown) => events({ type: "ended", end: { how: "failed", error } });
const longText = { type: "long_event", cellId, event: { type: "content", item: { type: "text", text: "" } } };

test.each<[what: string, report: unknown, text?: number[]]>([
  ["a text that only has a length", content({ length: 1e7 })],
  ["a text of less than nothing", content({ length: -1e15 })],
  ["a text that is no UTF-8", longText, [0x61, 0xff, 0x62]],
  ["an image without its URL", events({ type: "content", item: { type: "image", text: "data:," } })],
  ["a notification that is a number", events({ type: "notify", text: 5 })],
  ["a call without a number", events({ type: "tool_call", tool: "f", input: "1" })],
  ["a call whose input is no text", events({ type: "tool_call", call: 1, tool: "f", input: {} })],
  ["a write that is no text", events({ type: "write", key: "k", json: 1 })],
  ["figures below zero", events({ type: "usage", usage: { cpuMs: -1 } })],
  ["a start in the future", events({ type: "started", agoMs: -1 })],
  ["an end of a kind that there is not", events({ type: "ended", end: { how: "well" } })],
  ["an end with an error that is none", events({ type: "ended", end: { how: "failed", error: "no" } })],
  ["an event that there is not", events({ type: "exploded" })],
  ["events that are no list", { type: "events", cellId, events: { length: 1 } }],
  ["a report that there is not", { type: "resigned" }],
  ["a report of nobody", { type: "woke" }],
  ["a field that a report has not got", { ...events(), more: 1 }],
  ["a field that an event has not got", events({ type: "yield", text: "" })],
  ["a field that a text has not got", events({ type: "content", item: { type: "text", text: "", imageUrl: "" } })],
  ["a field that an image has not got", events({ type: "content", item: { type: "image", imageUrl: "", text: "" } })],
  ["a field that an error has not got", failed({ code: "script_error", message: "", more: 1 })],
  ["an error that is a book", failed({ code: "script_error", message: "x".repeat(1024 * 1024 + 1) })],
  ["an error of the gateway's own", failed({ code: "wall_limit", message: "" })],
  ["something behind its end", events({ type: "ended", end: { how: "finished" } }, { type: "yield" })],
  ["that another session's cell, of a long name, broke it", { ...broken, sessionId: "s".repeat(65) }],
  ["a notification that is too long", events({ type: "notify", text: "x".repeat(limits.notifyBytes + 1) })],
  ["more open calls than a cell may have", events(...Array.from({ length: limits.callsPerCell + 1 }, call))],
  ["more values than a session stores", events(...Array.from({ length: limits.storedEntries + 1 }, write("")))],
  ["larger values than a session stores", events(...Array.from({ length: 4 }, write("x".repeat(1024 * 1024))))],
  ["no report at all", 5],
])("a process that says %s is killed, and loses its cells", async (_, report, text = []) => {
  const file = await TemporaryFile.with(program(report, text));
  await chmod(file.path, 0o700);
  process.execPath = file.path;
  const gone = Promise.withResolvers<{ reason: string; why: string }>();
  const ready = Promise.withResolvers<void>();
  const executor = new ExecutorProcess(settings, {
    ready: () => ready.resolve(),
    idle() {},
    doomed() {},
    exited: (reason, why) => gone.resolve({ reason, why }),
  });
  await ready.promise;
  const heard: CellEvent[] = [];
  executor.start(
    { cellId, sessionId: "session", source: "", tools: [], storedValues: new Map() },
    (said) => void heard.push(...said),
  );
  const { reason, why } = await gone.promise;
  expect(reason).toBe("lost");
  expect(why).toMatch(/^SIGKILL: (no report: |a text that is no UTF-8)/);
  expect(heard).toEqual([{ type: "ended", end: { how: "failed", error: executorLost } }]);
});
