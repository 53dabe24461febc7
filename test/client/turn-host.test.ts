import { beforeEach, describe, expect, test } from "vitest";
import { ConnectionError, ToolCancelledError } from "../../client/errors.ts";
import { type Tool, type ToolContext, ToolHost, type Tools } from "../../client/tools.ts";
import type { TurnOptions } from "../../client/turn-options.ts";
import type { Host, ToolCall } from "../../src/protocol/host.ts";
import type { JsonValue } from "../../src/protocol/values.ts";
import { FakeGateway } from "./fake-gateway.ts";
import { settled } from "./settled.ts";

let gateway: FakeGateway;
let errors: unknown[];

beforeEach(() => {
  gateway = new FakeGateway();
  errors = [];
});

const attach = (options: Partial<TurnOptions>) =>
  gateway.welcome({ onError: (error) => errors.push(error), ...options });

const attachTools = (tools: Tools) => attach({ host: new ToolHost(tools) });

const tool = (run: Tool["run"]): Tool => ({ description: "", run });

function call(name: string, input?: JsonValue, callId = "c.1", cellId = "c"): void {
  gateway.say({ type: "tool_call", callId, cellId, name, kind: "function", input });
}

describe("tool calls", () => {
  test("run the tool's function with its input, and send back its result", async () => {
    const seen: unknown[] = [];
    attachTools({
      add: tool(async ({ a, b }: { a: number; b: number }, context) => {
        seen.push(context);
        return a + b;
      }),
    });
    call("add", { a: 1, b: 2 });
    await settled();
    expect(gateway.last("tool_result")).toMatchObject({ callId: "c.1", value: 3 });
    expect(seen).toEqual([{ signal: expect.any(AbortSignal), callId: "c.1", cellId: "c", attempt: 1 }]);
  });

  test("reach a host with everything that is known of them", async () => {
    const calls: ToolCall[] = [];
    const host: Host = { invokeTool: async (call) => void calls.push(call), notify: () => {} };
    attach({ host });
    const frame = { callId: "c.1", cellId: "c", name: "t", kind: "freeform", input: "text", timeoutMs: 9 } as const;
    gateway.say({ type: "tool_call", ...frame, attempt: 2 });
    await settled();
    expect(calls).toEqual([{ ...frame, attempt: 2 }]);
  });

  test("send no value for a result that is undefined", async () => {
    attachTools({ nothing: tool(() => {}) });
    call("nothing");
    await settled();
    expect(gateway.last("tool_result")).not.toHaveProperty("value");
  });

  test("run at the same time", async () => {
    const gates: (() => void)[] = [];
    attachTools({ slow: tool(() => new Promise<void>((resolve) => gates.push(resolve))) });
    for (let index = 1; index <= 50; index++) call("slow", index, `c.${index}`);
    await settled();
    expect(gates).toHaveLength(50);
    for (const open of gates.toReversed()) open();
    await settled();
    expect(gateway.all("tool_result").map(({ callId }) => callId)).toEqual(
      Array.from({ length: 50 }, (_, index) => `c.${50 - index}`),
    );
  });

  test("run once for a call id, while the function runs and after it has", async () => {
    let runs = 0;
    attachTools({ count: tool(() => ++runs) });
    call("count");
    call("count");
    await settled();
    call("count");
    await settled();
    expect(runs).toBe(1);
    expect(gateway.all("tool_result")).toHaveLength(1);
  });

  test("carry the acknowledgement of what came", async () => {
    attachTools({ t: tool(() => 1) });
    call("t");
    await settled();
    expect(gateway.sent).toEqual([{ type: "tool_result", callId: "c.1", value: 1, ack: 1 }]);
  });

  const own = Object.assign(new Error("no such file"), { code: "ENOENT" });
  const odd = Object.assign(new Error("odd"), { code: 7 });
  const mute = Object.create(null);
  const unreadable = Object.defineProperty(new Error("x"), "message", {
    get() {
      throw new Error("deeper");
    },
  });
  test.each<[string, unknown, object]>([
    ["an error", new RangeError("too far"), { message: "too far" }],
    ["an error with a code", own, { message: "no such file", code: "ENOENT" }],
    ["an error whose code is no string", odd, { message: "odd" }],
    ["a string", "just text", { message: "just text" }],
    ["undefined", undefined, { message: "undefined" }],
    ["an object that has no text", mute, { message: "the tool threw something that cannot be shown as text" }],
    ["an error that cannot be read", unreadable, { message: "the tool threw something that cannot be shown as text" }],
  ])("that throw %s are answered with a tool error", async (_, thrown, answer) => {
    attachTools({
      fails: tool(() => {
        throw thrown;
      }),
      rejects: tool(() => Promise.reject(thrown)),
    });
    call("fails", null, "c.1");
    call("rejects", null, "c.2");
    await settled();
    const answers = gateway.all("tool_error").map(({ callId, message, code }) => ({ callId, message, code }));
    expect(answers).toEqual([
      { callId: "c.1", ...answer },
      { callId: "c.2", ...answer },
    ]);
    expect(errors).toEqual([]);
  });

  test("are answered where a host throws instead of rejecting", async () => {
    const host: Host = {
      invokeTool() {
        throw new Error("sync");
      },
      notify: () => {},
    };
    attach({ host });
    call("t");
    await settled();
    expect(gateway.last("tool_error").message).toBe("sync");
  });

  test.each(["missing", "toString", "__proto__"])("of a tool that is not there, %s, are unavailable", async (name) => {
    attachTools({ t: tool(() => 1) });
    call(name);
    await settled();
    expect(gateway.last("tool_error")).toMatchObject({
      code: "tool_unavailable",
      message: `tool "${name}" is not available: this host does not have it`,
    });
  });

  test.each<[string, unknown, string, RegExp]>([
    ["a function", { f: () => 1 }, "bad_result", /^tool "t": result\.f: expected a JSON value, got a function$/],
    ["a BigInt", [1n], "bad_result", /^tool "t": result\[0\]: expected a JSON value, got a bigint$/],
    ["a key __proto__", JSON.parse('{"__proto__":1}'), "bad_result", /^tool "t": result\.__proto__: /],
    ["a toJSON that throws", { toJSON: () => JSON.parse("{") }, "bad_result", /^tool "t": /],
    [
      "too many nodes",
      Array(200_000).fill(0),
      "result_too_large",
      /^tool "t": result\[\d+\]: expected at most 100000 /,
    ],
    ["too much text", ["x".repeat(5e6)], "result_too_large", /^tool "t": result\[0\]: expected at most 4194304 bytes/],
    ["more bytes than characters", "é".repeat(3e6), "result_too_large", /^tool "t": its result does not fit a frame: /],
  ])("whose result has %s are answered with a tool error", async (_, result, code, message) => {
    attachTools({ t: tool(() => result) });
    call("t");
    await settled();
    expect(gateway.all("tool_result")).toEqual([]);
    expect(gateway.last("tool_error")).toMatchObject({ callId: "c.1", code, message: expect.stringMatching(message) });
  });

  test("whose result is a cycle or too deep are answered with a tool error", async () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
    attachTools({ cycle: tool(() => cycle), deep: tool(() => nested(129)), deepest: tool(() => nested(128)) });
    call("cycle", null, "c.1");
    call("deep", null, "c.2");
    call("deepest", null, "c.3");
    await settled();
    expect(gateway.all("tool_error").map(({ code }) => code)).toEqual(["bad_result", "result_too_large"]);
    expect(gateway.last("tool_result").callId).toBe("c.3");
  });

  test("whose error does not fit a frame are answered nevertheless", async () => {
    attachTools({ t: tool(() => Promise.reject(new Error("x".repeat(5e6)))) });
    call("t");
    await settled();
    expect(gateway.last("tool_error")).toMatchObject({
      code: "result_too_large",
      message: expect.stringMatching(/^tool "t": its error does not fit a frame: /),
    });
  });

  test("are well-formed text, whatever the tool returns", async () => {
    attachTools({ t: tool(() => "a\ud800"), e: tool(() => Promise.reject(new Error("b\udc00"))) });
    call("t", null, "c.1");
    call("e", null, "c.2");
    await settled();
    expect(gateway.last("tool_result").value).toBe("a\ufffd");
    expect(gateway.last("tool_error").message).toBe("b\ufffd");
  });
});

describe("a cancelled tool call", () => {
  test("aborts its signal with the reason, and its late answer is not sent", async () => {
    const contexts: ToolContext[] = [];
    const gate = Promise.withResolvers<void>();
    attachTools({
      slow: tool((_, context) => {
        contexts.push(context);
        return gate.promise;
      }),
    });
    call("slow", null, "c.1");
    call("slow", null, "c.2");
    await settled();
    gateway.say({ type: "tool_cancel", callId: "c.1", reason: "terminated" });
    expect(contexts[0]?.signal.reason).toEqual(new ToolCancelledError("terminated"));
    expect(contexts[0]?.signal.reason).toMatchObject({ code: "terminated" });
    expect(contexts[1]?.signal.aborted).toBe(false);
    gate.resolve();
    await settled();
    expect(gateway.all("tool_result").map(({ callId }) => callId)).toEqual(["c.2"]);
  });

  test("is not run again when it is offered again", async () => {
    let runs = 0;
    attachTools({ slow: tool(() => new Promise(() => ++runs)) });
    call("slow");
    gateway.say({ type: "tool_cancel", callId: "c.1", reason: "timeout" });
    call("slow");
    await settled();
    expect(runs).toBe(1);
  });

  test("that nobody knows is ignored", () => {
    attachTools({});
    gateway.say({ type: "tool_cancel", callId: "x", reason: "ended" });
    expect(errors).toEqual([]);
  });
});

test("the end of the turn aborts every handler's signal, and no answer follows", async () => {
  const signals: AbortSignal[] = [];
  attachTools({
    slow: tool((_, { signal }) => {
      signals.push(signal);
      return new Promise((resolve) => {
        signal.addEventListener("abort", () => resolve("late"));
      });
    }),
  });
  call("slow", null, "c.1");
  call("slow", null, "c.2");
  await settled();
  gateway.end(1006);
  await settled();
  expect(signals.map(({ reason }) => reason)).toEqual([expect.any(ConnectionError), expect.any(ConnectionError)]);
  expect(gateway.sent).toEqual([]);
});

describe("notifications", () => {
  const notify = (text: string) => gateway.say({ type: "notify", cellId: "c", toolCallId: "t", text });

  test("reach onNotify with all that is known of them", async () => {
    const heard: unknown[] = [];
    attach({ host: new ToolHost({}, (notification) => void heard.push(notification)) });
    notify("a");
    await settled();
    expect(heard).toEqual([{ cellId: "c", toolCallId: "t", text: "a" }]);
  });

  test("come one after another, in order, however long each takes", async () => {
    const heard: string[] = [];
    const gates: (() => void)[] = [];
    const host = new ToolHost({}, ({ text }) => {
      heard.push(text);
      return new Promise((resolve) => gates.push(resolve));
    });
    attach({ host });
    notify("a");
    notify("b");
    await settled();
    expect(heard).toEqual(["a"]);
    gates[0]?.();
    await settled();
    expect(heard).toEqual(["a", "b"]);
  });

  test("delay no tool call and no answer, however long one takes", async () => {
    const turn = attach({ host: new ToolHost({ t: tool(() => 1) }, () => new Promise(() => {})) });
    notify("a");
    const listed = turn.listCells();
    call("t");
    gateway.say({ type: "cells", id: 1, cells: [] });
    expect(await listed).toEqual([]);
    await settled();
    expect(gateway.all("tool_result")).toHaveLength(1);
  });

  test("that fail are reported, and the next comes", async () => {
    const heard: string[] = [];
    const host = new ToolHost({}, ({ text }) => {
      heard.push(text);
      if (text === "a") throw new Error("sync");
      return Promise.reject(new Error("async"));
    });
    attach({ host });
    for (const text of ["a", "b", "c"]) notify(text);
    await settled();
    expect(heard).toEqual(["a", "b", "c"]);
    expect(errors).toEqual([new Error("sync"), new Error("async"), new Error("async")]);
  });

  test("that fail where nobody wants to know do no harm, nor does an onError that throws", async () => {
    const host = new ToolHost({}, () => Promise.reject(new Error("x")));
    gateway.welcome({ host });
    notify("a");
    attach({
      host,
      onError: () => {
        throw new Error("y");
      },
    });
    notify("b");
    await settled();
  });
});

describe("what is said without being asked for", () => {
  test("reaches its callbacks", () => {
    const heard: unknown[] = [];
    attach({
      onCellFinished: (event) => heard.push(event),
      onCellClosed: (event) => heard.push(event),
      onDrain: (event) => heard.push(event),
    });
    gateway.say({ type: "cell_finished", cellId: "c", ok: false });
    gateway.say({ type: "cell_closed", cellId: "c", reason: "taken" });
    gateway.deliver({ type: "drain", deadlineMs: 25_000, retryAfterMs: 26_000 });
    expect(heard).toEqual([
      { cellId: "c", ok: false },
      { cellId: "c", reason: "taken" },
      { deadlineMs: 25_000, retryAfterMs: 26_000 },
    ]);
  });

  test("may go unheard", () => {
    attach({});
    gateway.say({ type: "cell_finished", cellId: "c", ok: false });
    gateway.say({ type: "cell_closed", cellId: "c", reason: "taken" });
    gateway.deliver({ type: "drain", deadlineMs: 25_000, retryAfterMs: 26_000 });
    expect(errors).toEqual([]);
  });

  test("is reported where a callback throws", async () => {
    attach({
      onCellFinished: () => {
        throw new Error("no");
      },
    });
    gateway.say({ type: "cell_finished", cellId: "c", ok: false });
    await settled();
    expect(errors).toEqual([new Error("no")]);
  });
});
