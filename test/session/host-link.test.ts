import { describe, expect, test } from "vitest";
import type { CallAnswer } from "../../src/executor/executor.ts";
import { done, openLink } from "./host-link-fixture.ts";

describe("with a host", () => {
  test("T4: calls are offered at once, none waits for the one before it", () => {
    const { attach, call } = openLink();
    const host = attach();
    call("a.1", {}, '{"path":"x"}');
    call("a.2", { kind: "freeform", timeoutMs: 5 });
    expect(host.calls).toEqual([
      { callId: "a.1", cellId: "a", name: "t", kind: "function", input: { path: "x" }, attempt: 1 },
      { callId: "a.2", cellId: "a", name: "t", kind: "freeform", timeoutMs: 5, attempt: 1 },
    ]);
  });

  test("T4: calls past the session's bound wait, and go out in order as others are answered", () => {
    const { attach, call, link } = openLink();
    const host = attach();
    for (const number of [1, 2, 3, 4, 5, 6]) call(`a.${number}`);
    expect(host.log).toEqual(["call a.1 1", "call a.2 1", "call a.3 1"]);
    link.answer("a.2", done());
    expect(host.log.slice(3)).toEqual(["call a.4 1"]);
    link.cancelCell("a", "ended");
    call("b.1");
    expect(host.log.at(-1)).toBe("call b.1 1");
  });

  test("T4: an answer frees one place, and a cancelled cell all of its own", () => {
    const { attach, call, link } = openLink();
    const host = attach();
    for (const callId of ["a.1", "a.2", "b.1", "b.2", "b.3", "b.4"]) call(callId);
    link.cancelCell("a", "terminated");
    expect(host.log.slice(3)).toEqual(["cancel a.1 terminated", "cancel a.2 terminated", "call b.2 1", "call b.3 1"]);
  });

  test("T5: the answer of a call goes to its cell, and other calls do not notice", () => {
    const { attach, call, link, settled } = openLink();
    attach();
    call("a.1");
    call("a.2");
    const failure: CallAnswer = { ok: false, message: "no such file", code: "ENOENT" };
    link.answer("a.2", failure);
    expect(settled).toEqual([["a.2", failure]]);
    expect(link.openCallsOf("a")).toBe(1);
  });

  test("T6: the first answer counts; a late, double or unknown one is ignored", () => {
    const { attach, call, link, settled } = openLink();
    attach();
    call("a.1");
    link.answer("a.1", done("1"));
    link.answer("a.1", done("2"));
    link.answer("a.9", done("3"));
    expect(settled).toEqual([["a.1", done("1")]]);
  });

  test("T6: a call that was not offered yet cannot be answered", () => {
    const { call, link, settled, attach } = openLink();
    call("a.1");
    link.answer("a.1", done());
    expect(settled).toEqual([]);
    expect(attach().log).toEqual(["call a.1 1"]);
  });

  test("T7: the open calls of a cell that is over are cancelled, and an answer to one is ignored", () => {
    const { attach, call, link, settled } = openLink();
    const host = attach();
    call("a.1");
    call("b.1");
    link.cancelCell("a", "ended");
    link.answer("a.1", done());
    expect(host.log).toEqual(["call a.1 1", "call b.1 1", "cancel a.1 ended"]);
    expect(settled).toEqual([]);
    expect(link.openCallsOf("a")).toBe(0);
    expect(link.offeredCalls).toEqual(["b.1"]);
  });

  test("T10: notifications go out at once and in order, while calls are open", () => {
    const { attach, call, notify } = openLink();
    const host = attach();
    notify("1");
    call("a.1");
    notify("2");
    expect(host.log).toEqual(["notify 1", "call a.1 1", "notify 2"]);
  });

  test("T10: a notification does not wait for the place of a call", () => {
    const { attach, call, notify, link } = openLink();
    for (const number of [1, 2, 3, 4]) {
      call(`a.${number}`);
      notify(`n${number}`);
    }
    const host = attach();
    notify("now");
    expect(host.log).toEqual([
      ...[1, 2, 3].flatMap((number) => [`call a.${number} 1`, `notify n${number}`]),
      "notify n4",
      "notify now",
    ]);
    link.answer("a.1", done());
    expect(host.log.at(-1)).toBe("call a.4 1");
  });

  test("O3: a call whose input does not fit a frame rejects, and the message names tool and limits", () => {
    const { attach, call, settled, link } = openLink();
    const host = attach();
    host.fits = ({ callId }) => callId !== "a.1";
    call("a.1");
    call("a.2");
    const message = 'the input of tool "t" does not fit a frame (frameBytes, frameNodes)';
    expect(settled).toEqual([["a.1", { ok: false, code: "input_too_large", message }]]);
    expect(host.log).toEqual(["call a.2 1"]);
    expect(link.offeredCalls).toEqual(["a.2"]);
  });
});

describe("T8: the inputs of open calls", () => {
  const message =
    "the inputs of the session's open calls would take more than 20 bytes (callBytesPerSession): " +
    "await some of them before more are made";
  const refused = (callId: string) => [callId, { ok: false, code: "call_limit", message }];
  const tenBytes = '"éééé"';

  test("are bounded in bytes of UTF-8, and the call past the bound rejects", () => {
    const { call, settled, link, attach } = openLink();
    call("a.1", {}, tenBytes);
    call("b.1", {}, tenBytes);
    call("b.2", {}, "1");
    call("b.3");
    expect(settled).toEqual([refused("b.2")]);
    expect(link.openCalls).toBe(3);
    expect(attach().log).toEqual(["call a.1 1", "call b.1 1", "call b.3 1"]);
  });

  test("count whether they were offered or not", () => {
    const { call, settled, attach } = openLink();
    attach();
    for (const callId of ["a.1", "a.2", "a.3"]) call(callId, {}, tenBytes);
    expect(settled).toEqual([refused("a.3")]);
  });

  test.each<[string, (link: ReturnType<typeof openLink>) => void]>([
    ["is answered", ({ link }) => link.answer("a.1", done())],
    ["runs out of time", ({ clock }) => clock.advance(100)],
    ["is of a cell that is over", ({ link }) => link.cancelCell("a", "ended")],
  ])("are given back when a call %s", (_, close) => {
    const opened = openLink();
    const { call, settled, attach } = opened;
    const host = attach();
    call("a.1", { timeoutMs: 100 }, tenBytes);
    call("b.1", {}, tenBytes);
    close(opened);
    settled.length = 0;
    call("b.2", {}, tenBytes);
    expect(settled).toEqual([]);
    call("b.3", {}, "1");
    expect(settled).toEqual([refused("b.3")]);
    expect(host.log.at(-1)).toBe("call b.2 1");
  });

  test("are offered again to the next host as they were", () => {
    const { call, link, attach } = openLink();
    const first = attach();
    call("a.1", {}, '{"path":"x"}');
    link.detach(first);
    expect(attach().calls).toMatchObject([{ callId: "a.1", attempt: 2, input: { path: "x" } }]);
  });
});

describe("T9: a tool's time limit", () => {
  const timeout = { ok: false, code: "tool_timeout", message: 'tool "t" did not answer within 100 ms' };

  test("rejects the call when it runs out, cancels it, and names the tool and the limit", () => {
    const { attach, call, clock, settled } = openLink();
    const host = attach();
    call("a.1", { timeoutMs: 100 });
    clock.advance(99);
    expect(settled).toEqual([]);
    clock.advance(1);
    expect(settled).toEqual([["a.1", timeout]]);
    expect(host.log).toEqual(["call a.1 1", "cancel a.1 timeout"]);
  });

  test("runs from the first offer, not from the call", () => {
    const { attach, call, clock, settled } = openLink();
    call("a.1", { timeoutMs: 100 });
    clock.advance(500);
    attach();
    clock.advance(99);
    expect(settled).toEqual([]);
    clock.advance(1);
    expect(settled).toEqual([["a.1", timeout]]);
  });

  test("is not set again by another offer, and runs out without a host too", () => {
    const { attach, call, clock, link, settled } = openLink();
    const first = attach();
    call("a.1", { timeoutMs: 100 });
    clock.advance(60);
    link.detach(first);
    const second = attach();
    clock.advance(30);
    link.detach(second);
    clock.advance(10);
    expect(settled).toEqual([["a.1", timeout]]);
    expect(second.log).toEqual(["call a.1 2"]);
    expect(attach().log).toEqual([]);
  });

  test("frees the place of the call", () => {
    const { attach, call, clock } = openLink();
    const host = attach();
    for (const number of [1, 2, 3, 4]) call(`a.${number}`, { timeoutMs: 100 });
    clock.advance(100);
    expect(host.log).toContain("call a.4 1");
  });

  test("leaves no timer behind once the call is answered or cancelled", () => {
    const { attach, call, clock, link } = openLink();
    attach();
    call("a.1", { timeoutMs: 100 });
    call("b.1", { timeoutMs: 100 });
    link.answer("a.1", done());
    link.cancelCell("b", "ended");
    expect(clock.pending).toBe(0);
  });
});

describe("T10: notifications that wait for a host", () => {
  test("are bounded in number, and the one past the bound is refused", () => {
    const { notify, attach } = openLink();
    expect(["1", "2", "3", "4", "5"].map(notify)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      "notificationsPerSession",
    ]);
    expect(attach().log).toEqual(["notify 1", "notify 2", "notify 3", "notify 4"]);
  });

  test("are bounded in bytes of UTF-8", () => {
    const { notify } = openLink();
    expect(notify("é".repeat(9))).toBeUndefined();
    expect(notify("é2")).toBe("notificationBytesPerSession");
    expect(notify("12")).toBeUndefined();
  });

  test("count no more once they are delivered", () => {
    const { notify, attach, link } = openLink();
    for (let round = 0; round < 3; round++) {
      for (let number = 0; number < 4; number++) expect(notify("12345")).toBeUndefined();
      link.detach(attach());
    }
  });

  test("do not count while a host takes them", () => {
    const { notify, attach } = openLink();
    const host = attach();
    for (let number = 0; number < 100; number++) expect(notify("12345")).toBeUndefined();
    expect(host.notifications.length).toBe(100);
  });
});
