import { describe, expect, test } from "vitest";
import { done, openLink } from "./host-link-fixture.ts";
import { RecordingHost } from "./recording-host.ts";

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

describe("T8: a host that takes nothing for a while", () => {
  test("gets what waited when it takes again, in order, and no call twice", () => {
    const { attach, call, link, notify } = openLink();
    const host = attach();
    call("a.1");
    host.takes = false;
    notify("1");
    call("a.2");
    notify("2");
    expect(host.log).toEqual(["call a.1 1"]);
    host.takes = true;
    link.attach(host);
    expect(host.log).toEqual(["call a.1 1", "notify 1", "call a.2 1", "notify 2"]);
  });

  test("that had its fill again in the middle gets the rest later", () => {
    const { attach, link, notify } = openLink();
    const host = attach();
    host.takes = false;
    for (const text of ["1", "2", "3"]) notify(text);
    const taken = host.notify.bind(host);
    host.notify = (notification, receipt) => {
      taken(notification, receipt);
      host.takes = false;
    };
    for (const expected of [["notify 1"], ["notify 1", "notify 2"], ["notify 1", "notify 2", "notify 3"]]) {
      host.takes = true;
      link.attach(host);
      expect(host.log).toEqual(expected);
    }
  });

  test("is offered open calls again, once, where it was attached before it could take them", () => {
    const { attach, call, link, notify } = openLink();
    const first = attach();
    for (const callId of ["a.1", "a.2", "a.3"]) call(callId);
    link.detach(first);
    call("a.4");
    const second = new RecordingHost("t");
    second.takes = false;
    link.attach(second);
    notify("1");
    expect([second.log, link.offeredCalls]).toEqual([[], ["a.1", "a.2", "a.3"]]);
    link.answer("a.2", done());
    second.takes = true;
    link.attach(second);
    expect(second.log).toEqual(["call a.1 2", "call a.3 2", "call a.4 1", "notify 1"]);
  });

  test("T10: lets no more wait than without a host", () => {
    const { attach, notify } = openLink();
    attach().takes = false;
    expect(["1", "2", "3", "4", "5"].map(notify).at(-1)).toBe("notificationsPerSession");
  });
});

describe("T10: a notification that was lost with its host's turn", () => {
  test("comes again, in order, behind the open calls and ahead of what waits, and one that was taken does not", () => {
    const { attach, call, link, notify } = openLink();
    const first = attach();
    for (const text of ["1", "2", "3"]) notify(text);
    call("a.1");
    link.detach(first);
    notify("4");
    const [one, two, three] = first.receipts;
    one!.taken();
    three!.lost();
    two!.lost();
    expect(attach().log).toEqual(["call a.1 2", "notify 2", "notify 3", "notify 4"]);
  });

  test("counts as waiting until then", () => {
    const { attach, link, notify } = openLink();
    const first = attach();
    for (const text of ["1", "2", "3"]) notify(text);
    link.detach(first);
    for (const receipt of first.receipts.toReversed()) receipt.lost();
    expect(["4", "5"].map(notify)).toEqual([undefined, "notificationsPerSession"]);
    link.detach(attach());
    expect(["6", "7", "8", "9", "10"].map(notify).at(-1)).toBe("notificationsPerSession");
  });

  test("comes again to the same host, if that is the one that comes back", () => {
    const { attach, link, notify } = openLink();
    const host = attach();
    notify("1");
    host.receipts[0]!.lost();
    link.attach(host);
    expect(host.log).toEqual(["notify 1", "notify 1"]);
  });
});
