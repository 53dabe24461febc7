import { expect, test } from "vitest";
import { FairQueue } from "../../src/session/fair-queue.ts";

/** Adds items: the first letter of each is its owner. */
function queueOf(...items: string[]): FairQueue<string> {
  const queue = new FairQueue<string>();
  for (const item of items) queue.add(item.slice(0, 1), item);
  return queue;
}

function drain(queue: FairQueue<string>): string[] {
  const items: string[] = [];
  for (let item = queue.next(); item !== undefined; item = queue.next()) items.push(item);
  return items;
}

test("B3: an owner's items come in the order in which they were added", () => {
  expect(drain(queueOf("a1", "a2", "a3"))).toEqual(["a1", "a2", "a3"]);
});

test("B3: owners take turns, in the order in which they came", () => {
  const queue = queueOf("a1", "a2", "a3", "b1", "c1", "c2");
  expect(drain(queue)).toEqual(["a1", "b1", "c1", "a2", "c2", "a3"]);
});

test("B3: a long line delays another owner's only item by one", () => {
  const queue = queueOf(...Array.from({ length: 500 }, (_, index) => `a${index}`));
  queue.next();
  queue.add("b", "b");
  expect([queue.next(), queue.next()]).toEqual(["a1", "b"]);
});

test("B3: an owner who comes back has its turn after those who wait", () => {
  const queue = queueOf("a1", "b1", "b2");
  expect(queue.next()).toBe("a1");
  queue.add("a", "a2");
  expect(drain(queue)).toEqual(["b1", "a2", "b2"]);
});

test("what is removed is not given, whichever place it had; all else keeps its order", () => {
  const queue = queueOf("a1", "a2", "a3", "b1", "c1");
  expect([queue.remove("a", "a1"), queue.remove("b", "b1")]).toEqual([true, true]);
  expect(drain(queue)).toEqual(["a2", "c1", "a3"]);
});

test("what is not there cannot be removed: given already, removed already, or another owner's", () => {
  const queue = queueOf("a1", "a2", "b1");
  queue.next();
  queue.remove("b", "b1");
  expect([queue.remove("a", "a1"), queue.remove("b", "b1"), queue.remove("b", "a2")]).toEqual([false, false, false]);
  expect(drain(queue)).toEqual(["a2"]);
});

test("its length is that of all lines", () => {
  const queue = queueOf("a1", "a2", "b1");
  expect(queue.length).toBe(3);
  queue.remove("a", "a1");
  queue.remove("a", "a1");
  expect(queue.length).toBe(2);
  drain(queue);
  expect([queue.length, queue.next()]).toEqual([0, undefined]);
});
