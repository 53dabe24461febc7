import { describe, expect, test } from "vitest";
import { ToolSet } from "../../src/tools/tool-set.ts";
import { result, stopped } from "./cell-fixture.ts";
import { RecordingHost } from "./recording-host.ts";
import { openSession, refusalOf } from "./session-fixture.ts";

describe("T1, T2: the tools of a cell", () => {
  test("T1: stand under their normalised names, T2: in the order of their declaration", () => {
    const { execute } = openSession();
    const cell = execute({}, new RecordingHost("write-file", "a.b", "list"));
    expect(cell.start.tools).toEqual([
      { identifier: "write_file", description: "does write-file", kind: "function" },
      { identifier: "a_b", description: "does a.b", kind: "function" },
      { identifier: "list", description: "does list", kind: "function" },
    ]);
  });

  test("T1: are narrowed by execute, under the host's own names and in its order", () => {
    const { execute } = openSession();
    const host = new RecordingHost("write-file", "a.b", "list");
    const enabled = (tools: string[]) => execute({ tools }, host).start.tools.map(({ identifier }) => identifier);
    expect(enabled(["list", "write-file"])).toEqual(["write_file", "list"]);
    expect(enabled([])).toEqual([]);
  });

  test("T1: that were not declared are refused by name, and no cell starts", () => {
    const { execute, executor } = openSession();
    const host = new RecordingHost("a.b");
    const failure = refusalOf(() => execute({ tools: ["a.b", "a_b", "x"] }, host));
    expect(failure.code).toBe("unknown_tool");
    expect(failure.message).toBe('execute.tools: expected names of declared tools, got "a_b", "x"');
    expect(executor.cells).toEqual([]);
  });

  test("T1: that are freeform say so, to the cell and to the host", () => {
    const { attach, execute } = openSession();
    const host = attach("patch");
    const tools = new ToolSet([{ name: "patch", description: "", kind: "freeform" }]);
    const cell = execute({}, { tools }).started();
    cell.call("patch", '"*** begin"');
    expect(cell.start.tools[0]?.kind).toBe("freeform");
    expect(host.calls[0]).toMatchObject({ kind: "freeform", input: "*** begin" });
  });
});

describe("T3 to T6: a call", () => {
  test("T3: has its input as a value, under the name that the host declared", () => {
    const { attach, run } = openSession();
    const host = attach("read-file");
    const cell = run({}, host);
    cell.call("read_file", '{"path":"a","lines":[1,2]}');
    const call = { callId: `${cell.cellId}.1`, cellId: cell.cellId, name: "read-file", kind: "function", attempt: 1 };
    expect(host.calls).toEqual([{ ...call, input: { path: "a", lines: [1, 2] } }]);
  });

  test("T3: without an argument has no input, which is not the same as null", () => {
    const { attach, run } = openSession();
    const host = attach("t");
    const cell = run({}, host);
    cell.call("t");
    cell.call("t", "null");
    expect(host.calls.map(({ input }) => input)).toEqual([undefined, null]);
  });

  test.each([
    ["of too many nodes", `[${"1,".repeat(50)}1]`, /values and keys/],
    ["nested too deep", `${"[".repeat(9)}${"]".repeat(9)}`, /levels of nesting/],
    ["of too many bytes", `"${"x".repeat(1_000)}"`, /bytes: expected at most 500/],
  ])("O3: with an input %s rejects with input_too_large, and the message names the tool", (_, input, message) => {
    const { attach, run } = openSession({ frameNodes: 50, frameDepth: 8, frameBytes: 500 });
    const host = attach("t");
    const cell = run({}, host);
    cell.call("t", input);
    expect(cell.answers).toMatchObject([{ call: 1, answer: { ok: false, code: "input_too_large" } }]);
    expect(cell.answers[0]?.answer).toHaveProperty("message", expect.stringMatching(message));
    expect(cell.answers[0]?.answer).toHaveProperty("message", expect.stringContaining('tool "t"'));
    expect(host.calls).toEqual([]);
  });

  test("T4: a thousand calls are open at once, and each answer finds its own", () => {
    const { attach, run, session } = openSession();
    const host = attach("t");
    const cell = run({}, host);
    for (let number = 1; number <= 1_000; number++) cell.call("t", String(number));
    expect(host.calls.length).toBe(1_000);
    for (const { callId, input } of host.calls.toReversed()) {
      session.answerCall(callId, { ok: true, json: JSON.stringify(input) });
    }
    expect(cell.answers.length).toBe(1_000);
    for (const { call, answer } of cell.answers) expect(answer).toEqual({ ok: true, json: String(call) });
  });

  test("T4: past the session's bound the calls of all cells wait, in order, and none is refused", () => {
    const { attach, run, session } = openSession({ callsPerSession: 2 });
    const host = attach("t");
    const [first, second] = [run({}, host), run({}, host)];
    for (const cell of [first, second, first, second]) cell.call("t");
    expect(host.calls.length).toBe(2);
    session.answerCall(`${second.cellId}.1`, { ok: true });
    session.answerCall(`${first.cellId}.1`, { ok: true });
    expect(host.calls.slice(2).map(({ callId }) => callId)).toEqual([`${first.cellId}.2`, `${second.cellId}.2`]);
    expect(session.listCells().map(({ openCalls }) => openCalls)).toEqual([1, 1]);
  });

  test("T5: that fails rejects with the host's text and code, and the others do not notice", () => {
    const { attach, run, session } = openSession();
    const cell = run({}, attach("t"));
    cell.call("t");
    cell.call("t");
    const answer = { ok: false, message: "no such file", code: "ENOENT" } as const;
    session.answerCall(`${cell.cellId}.1`, answer);
    expect(cell.answers).toEqual([{ call: 1, answer }]);
  });

  test("T6: has an id that no other call of the session has, whatever cell it is of", () => {
    const { attach, run } = openSession();
    const host = attach("t");
    for (const cell of [run({}, host), run({}, host), run({}, host)]) {
      cell.call("t");
      cell.call("t");
      cell.end();
    }
    expect(new Set(host.calls.map(({ callId }) => callId)).size).toBe(6);
  });

  test("T6: takes the first answer; what comes late, twice or for nobody is ignored", () => {
    const { attach, run, session } = openSession();
    const cell = run({}, attach("t"));
    cell.call("t");
    for (const json of ["1", "2"]) session.answerCall(`${cell.cellId}.1`, { ok: true, json });
    session.answerCall(`${cell.cellId}.2`, { ok: true });
    session.answerCall("nowhere.1", { ok: true });
    expect(cell.answers).toEqual([{ call: 1, answer: { ok: true, json: "1" } }]);
  });
});

describe("T7: open calls are cancelled", () => {
  test.each([
    ["ended", "the cell ends"],
    ["terminated", "the cell is terminated"],
    ["terminated", "a limit ends the cell"],
    ["shutdown", "the session ends"],
  ])("T7: as %s when %s", (reason, how) => {
    const { attach, clock, run, session, terminate } = openSession();
    const host = attach("t");
    const cell = run({ maxWallMs: 100 }, host);
    cell.call("t");
    if (how === "the cell is terminated") terminate(cell);
    if (how === "a limit ends the cell") clock.advance(100);
    if (how === "the session ends") session.end(() => {});
    cell.end();
    expect(host.log.filter((line) => line.startsWith("cancel"))).toEqual([`cancel ${cell.cellId}.1 ${reason}`]);
  });
});

describe("T8: another host", () => {
  test("T8: is offered the open calls again, with the attempt, and answers them", () => {
    const { attach, run, session } = openSession();
    const first = attach("t");
    const cell = run({}, first);
    cell.call("t");
    session.detach(first);
    cell.call("t");
    expect(session.openCalls).toEqual([`${cell.cellId}.1`]);
    const second = attach("t");
    expect(second.log).toEqual([`call ${cell.cellId}.1 2`, `call ${cell.cellId}.2 1`]);
    session.answerCall(`${cell.cellId}.1`, { ok: true, json: "1" });
    expect(cell.answers).toEqual([{ call: 1, answer: { ok: true, json: "1" } }]);
  });

  test("T8: that takes over gets what the older one left, and the older one is told once", () => {
    const { attach, run } = openSession();
    const first = attach("t");
    const cell = run({}, first);
    cell.call("t");
    const second = attach("t");
    cell.notify("hello");
    expect(first.log).toEqual([`call ${cell.cellId}.1 1`, "taken over"]);
    expect(second.log).toEqual([`call ${cell.cellId}.1 2`, "notify hello"]);
  });

  test("T8: that lacks the tool makes the call reject, though it waited without a host", () => {
    const { attach, run, session } = openSession();
    const first = attach("t");
    const cell = run({}, first);
    session.detach(first);
    cell.call("t");
    attach("u");
    expect(cell.answers).toMatchObject([{ call: 1, answer: { ok: false, code: "tool_unavailable" } }]);
  });

  test("T9: does not get more time for a call than the first had", () => {
    const { attach, clock, execute, session } = openSession();
    const first = attach("t");
    const tools = new ToolSet([{ name: "t", description: "", timeoutMs: 100 }]);
    const cell = execute({}, { tools }).started();
    cell.call("t");
    clock.advance(60);
    session.detach(first);
    attach("t");
    clock.advance(40);
    const message = 'tool "t" did not answer within 100 ms';
    expect(cell.answers).toEqual([{ call: 1, answer: { ok: false, code: "tool_timeout", message } }]);
  });
});

describe("T10: notifications", () => {
  test("T10: a host that takes none delays nobody: they wait, and the cell ends", () => {
    const { attach, run, wait } = openSession();
    const cell = run();
    for (let number = 0; number < 10_000; number++) cell.notify(String(number));
    cell.end();
    expect(wait(cell).got).toEqual([result()]);
    expect(attach().log.slice(0, 3)).toEqual(["notify 0", "notify 1", "notify 2"]);
  });

  test.each([
    ["notificationsPerSession", { notificationsPerSession: 2 }],
    ["notificationBytesPerSession", { notificationBytesPerSession: 2 }],
  ] as const)("T10: past the bound of %s the cell that went past it ends, and its writes are kept", (limit, limits) => {
    const { attach, run, session, wait } = openSession(limits);
    const [other, cell] = [run(), run()];
    const waiter = wait(cell);
    other.notify("1");
    cell.write("k", 1);
    cell.notify("2");
    cell.notify("3");
    cell.notify("4");
    expect([cell.terminations, other.terminations]).toEqual([1, 0]);
    cell.end(stopped);
    const message = `more notifications wait for a host than 2 (${limit})`;
    expect(waiter.got).toEqual([{ ...result(), error: { code: "notification_limit", message, limit } }]);
    expect(session.storedValues()).toEqual({ k: 1 });
    expect(attach().log.slice(0, 2)).toEqual(["notify 1", "notify 2"]);
  });
});
