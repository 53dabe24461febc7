import { describe, expect, test } from "vitest";
import { done, openLink } from "./host-link-fixture.ts";

describe("T8: without a host", () => {
  test("calls and notifications wait, and the next host gets them in their order", () => {
    const { attach, call, notify } = openLink();
    notify("1");
    call("a.1");
    notify("2");
    call("b.1");
    expect(attach().log).toEqual(["notify 1", "call a.1 1", "notify 2", "call b.1 1"]);
  });

  test("the calls of a cell that ends meanwhile are never offered", () => {
    const { attach, call, link } = openLink();
    call("a.1");
    call("b.1");
    link.cancelCell("a", "ended");
    expect(attach().log).toEqual(["call b.1 1"]);
  });

  test("a host that went is not told anything more, nor does its going disturb the one that came", () => {
    const { attach, notify, link } = openLink();
    const first = attach();
    const second = attach();
    link.detach(first);
    notify("1");
    expect(link.host).toBe(second);
    expect([first.log, second.log]).toEqual([[], ["notify 1"]]);
    link.detach(second);
    notify("2");
    expect(second.log).toEqual(["notify 1"]);
  });
});

describe("T8: the next host", () => {
  test("T6: is offered the open calls again under their ids, with the attempt, before what waited", () => {
    const { attach, call, link, notify } = openLink();
    const first = attach();
    call("a.1");
    call("a.2");
    link.answer("a.1", done());
    link.detach(first);
    notify("1");
    call("a.3");
    expect(link.offeredCalls).toEqual(["a.2"]);
    expect(attach().log).toEqual(["call a.2 2", "notify 1", "call a.3 1"]);
    expect(attach().log).toEqual(["call a.2 3", "call a.3 2"]);
  });

  test("T6: comes too late where an answer arrived after its host had gone", () => {
    const { attach, call, link, settled } = openLink();
    const first = attach();
    call("a.1");
    link.detach(first);
    link.answer("a.1", done("from the first"));
    expect(attach().log).toEqual([]);
    link.answer("a.1", done("from the second"));
    expect(settled).toEqual([["a.1", done("from the first")]]);
  });

  test("rejects the calls of tools that it does not have, and gets the others once each", () => {
    const { attach, call, link, settled } = openLink();
    const first = attach("t", "u");
    call("a.1");
    call("a.2", { name: "u" });
    link.detach(first);
    call("a.3");
    call("a.4", { name: "u" });
    const second = attach("u");
    const message = 'tool "t" is not available: the host that is attached now does not have it';
    const unavailable = { ok: false, code: "tool_unavailable", message };
    expect(settled).toEqual([
      ["a.1", unavailable],
      ["a.3", unavailable],
    ]);
    expect(second.log).toEqual(["call a.2 2", "call a.4 1"]);
  });

  test("is offered all open calls before what waited, even where one of them rejects", () => {
    const { attach, call, link } = openLink();
    const first = attach("t", "u");
    call("a.1");
    call("a.2", { name: "u" });
    link.detach(first);
    call("a.3", { name: "u" });
    expect(attach("u").log).toEqual(["call a.2 2", "call a.3 1"]);
  });
});
