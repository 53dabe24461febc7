import { describe, expect, test } from "vitest";
import { type RequestFrame, Requests } from "../../src/gateway/requests.ts";

const execute = (fields: Partial<Extract<RequestFrame, { type: "execute" }>> = {}): RequestFrame => ({
  type: "execute",
  id: 1,
  source: "text(1)",
  ...fields,
});

describe("an id that is remembered", () => {
  const repetitions: [string, RequestFrame][] = [
    ["the same frame", execute()],
    ["the same with another ack", execute({ ack: 7 })],
    ["the same with its fields in another order", { source: "text(1)", id: 1, type: "execute" }],
  ];
  test.each(repetitions)("makes %s a repetition", (_, frame) => {
    const requests = new Requests(2);
    expect(requests.begin(execute())).toEqual({ kind: "new" });
    expect(requests.begin(frame)).toEqual({ kind: "repetition" });
  });

  const conflicts: [string, RequestFrame][] = [
    ["another source", execute({ source: "text(2)" })],
    ["one field more", execute({ yieldMs: null })],
    ["another tag", { type: "list_cells", id: 1 }],
  ];
  test.each(conflicts)("makes a frame with %s a conflict, which changes nothing", (_, frame) => {
    const requests = new Requests(2);
    requests.begin(execute());
    expect(requests.begin(frame)).toEqual({ kind: "conflict" });
    expect(requests.begin(execute())).toEqual({ kind: "repetition" });
  });

  test("is forgotten with the request's end", () => {
    const requests = new Requests(2);
    requests.begin(execute());
    requests.end(1);
    expect(requests.begin({ type: "list_cells", id: 1 })).toEqual({ kind: "new" });
  });

  test("says nothing of other ids", () => {
    const requests = new Requests(2);
    requests.begin(execute());
    expect(requests.begin(execute({ id: 2 }))).toEqual({ kind: "new" });
  });
});

describe("the cell that a request waits for", () => {
  test("is that of its frame, or the one that an execute was given", () => {
    const requests = new Requests(2);
    requests.begin({ type: "wait", id: 1, cellId: "a" });
    requests.begin(execute({ id: 2 }));
    expect(requests.cellOf(1, "execute", "wait")).toBe("a");
    expect(requests.cellOf(2, "execute", "wait")).toBeUndefined();
    requests.waitsFor(2, "b");
    expect(requests.cellOf(2, "execute", "wait")).toBe("b");
  });

  test("is told only for the tags that are asked for, and while the request is remembered", () => {
    const requests = new Requests(2);
    requests.begin({ type: "terminate", id: 1, cellId: "a" });
    expect(requests.cellOf(1, "execute", "wait")).toBeUndefined();
    expect(requests.cellOf(1, "terminate")).toBe("a");
    requests.end(1);
    expect(requests.cellOf(1, "terminate")).toBeUndefined();
    requests.waitsFor(1, "b");
    expect(requests.cellOf(1, "terminate")).toBeUndefined();
  });
});

describe("a request whose answer was lost", () => {
  test("is forgotten, and done again when it is repeated", () => {
    const requests = new Requests(2);
    requests.begin({ type: "wait", id: 1, cellId: "a" });
    requests.lose(1);
    expect(requests.has(1)).toBe(false);
    expect(requests.begin({ type: "wait", id: 1, cellId: "a" })).toEqual({ kind: "new" });
  });

  test("is remembered with its cell if it is an execute that has one, and is pending once it was repeated", () => {
    const requests = new Requests(2);
    requests.begin(execute());
    requests.waitsFor(1, "a");
    requests.loseAll();
    expect(requests.begin(execute({ source: "text(2)" }))).toEqual({ kind: "conflict" });
    expect(requests.begin(execute())).toEqual({ kind: "again", cellId: "a" });
    expect(requests.begin(execute())).toEqual({ kind: "repetition" });
    requests.lose(1);
    expect(requests.begin(execute())).toEqual({ kind: "again", cellId: "a" });
  });

  test("is forgotten if it is an execute that was refused: it never ran", () => {
    const requests = new Requests(2);
    requests.begin(execute());
    requests.loseAll();
    expect(requests.begin(execute())).toEqual({ kind: "new" });
  });

  test("pushes the oldest of them out when there are too many", () => {
    const requests = new Requests(2);
    for (const id of [1, 2, 3]) {
      requests.begin(execute({ id }));
      requests.waitsFor(id, `cell ${id}`);
      requests.lose(id);
    }
    expect([1, 2, 3].map((id) => requests.has(id))).toEqual([false, true, true]);
  });
});
