import { describe, expect, test } from "vitest";
import type { Host } from "../../src/protocol/host.ts";
import { hostedTurn, tool } from "./hosted-turn.ts";
import { settled } from "./settled.ts";

describe("tool calls", () => {
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
    const { gateway, errors, attachTools, call } = hostedTurn();
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
    const { gateway, attach, call } = hostedTurn();
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
    const { gateway, attachTools, call } = hostedTurn();
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
    const { gateway, attachTools, call } = hostedTurn();
    attachTools({ t: tool(() => result) });
    call("t");
    await settled();
    expect(gateway.all("tool_result")).toEqual([]);
    expect(gateway.last("tool_error")).toMatchObject({ callId: "c.1", code, message: expect.stringMatching(message) });
  });

  test("whose result is a cycle or too deep are answered with a tool error", async () => {
    const { gateway, attachTools, call } = hostedTurn();
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
    const { gateway, attachTools, call } = hostedTurn();
    attachTools({ t: tool(() => Promise.reject(new Error("x".repeat(5e6)))) });
    call("t");
    await settled();
    expect(gateway.last("tool_error")).toMatchObject({
      code: "result_too_large",
      message: expect.stringMatching(/^tool "t": its error does not fit a frame: /),
    });
  });
});
