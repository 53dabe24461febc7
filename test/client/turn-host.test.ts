import { describe, expect, test } from "vitest";
import { ConnectionError, ToolCancelledError } from "../../client/errors.ts";
import type { ToolContext } from "../../client/tools.ts";
import type { Host, ToolCall } from "../../src/protocol/host.ts";
import { hostedTurn, tool } from "./hosted-turn.ts";
import { settled } from "./settled.ts";

describe("tool calls", () => {
  test("run the tool's function with its input, and send back its result", async () => {
    const { gateway, attachTools, call } = hostedTurn();
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
    const { gateway, attach } = hostedTurn();
    const calls: ToolCall[] = [];
    const host: Host = { invokeTool: async (call) => void calls.push(call), notify: () => {} };
    attach({ host });
    const frame = { callId: "c.1", cellId: "c", name: "t", kind: "freeform", input: "text", timeoutMs: 9 } as const;
    gateway.say({ type: "tool_call", ...frame, attempt: 2 });
    await settled();
    expect(calls).toEqual([{ ...frame, attempt: 2 }]);
  });

  test("send no value for a result that is undefined", async () => {
    const { gateway, attachTools, call } = hostedTurn();
    attachTools({ nothing: tool(() => {}) });
    call("nothing");
    await settled();
    expect(gateway.last("tool_result")).not.toHaveProperty("value");
  });

  test("run at the same time", async () => {
    const { gateway, attachTools, call } = hostedTurn();
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
    const { gateway, attachTools, call } = hostedTurn();
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
    const { gateway, attachTools, call } = hostedTurn();
    attachTools({ t: tool(() => 1) });
    call("t");
    await settled();
    expect(gateway.sent).toEqual([{ type: "tool_result", callId: "c.1", value: 1, ack: 1 }]);
  });

  test("are well-formed text, whatever the tool returns", async () => {
    const { gateway, attachTools, call } = hostedTurn();
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
    const { gateway, attachTools, call } = hostedTurn();
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
    const { gateway, attachTools, call } = hostedTurn();
    let runs = 0;
    attachTools({ slow: tool(() => new Promise(() => ++runs)) });
    call("slow");
    gateway.say({ type: "tool_cancel", callId: "c.1", reason: "timeout" });
    call("slow");
    await settled();
    expect(runs).toBe(1);
  });

  test("that nobody knows is ignored", () => {
    const { gateway, errors, attachTools } = hostedTurn();
    attachTools({});
    gateway.say({ type: "tool_cancel", callId: "x", reason: "ended" });
    expect(errors).toEqual([]);
  });
});

test("the end of the turn aborts every handler's signal, and no answer follows", async () => {
  const { gateway, attachTools, call } = hostedTurn();
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
