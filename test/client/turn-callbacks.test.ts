import { describe, expect, test } from "vitest";
import { ToolHost } from "../../client/tools.ts";
import { hostedTurn, tool } from "./hosted-turn.ts";
import { settled } from "./settled.ts";

describe("notifications", () => {
  test("reach onNotify with all that is known of them", async () => {
    const { attach, notify } = hostedTurn();
    const heard: unknown[] = [];
    attach({ host: new ToolHost({}, (notification) => void heard.push(notification)) });
    notify("a");
    await settled();
    expect(heard).toEqual([{ cellId: "c", toolCallId: "t", text: "a" }]);
  });

  test("come one after another, in order, however long each takes", async () => {
    const { attach, notify } = hostedTurn();
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
    const { gateway, attach, call, notify } = hostedTurn();
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
    const { errors, attach, notify } = hostedTurn();
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
    const { gateway, attach, notify } = hostedTurn();
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
    const { gateway, attach } = hostedTurn();
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
    const { gateway, errors, attach } = hostedTurn();
    attach({});
    gateway.say({ type: "cell_finished", cellId: "c", ok: false });
    gateway.say({ type: "cell_closed", cellId: "c", reason: "taken" });
    gateway.deliver({ type: "drain", deadlineMs: 25_000, retryAfterMs: 26_000 });
    expect(errors).toEqual([]);
  });

  test("is reported where a callback throws", async () => {
    const { gateway, errors, attach } = hostedTurn();
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
