import { describe, expect, test } from "vitest";
import { BoundedList } from "../../../client/dashboard/model/bounded-list.ts";
import { FilteredList } from "../../../client/dashboard/model/filtered-list.ts";

describe("a bounded list", () => {
  test("forgets its oldest items, and an item keeps its index", () => {
    const list = new BoundedList<string>({ items: 3 });
    for (const item of ["a", "b", "c", "d", "e"]) list.push(item);
    expect([list.first, list.end, list.length]).toEqual([2, 5, 3]);
    expect([list.at(1), list.at(2), list.at(4), list.at(5)]).toEqual([undefined, "c", "e", undefined]);
    expect([...list]).toEqual(["c", "d", "e"]);
  });

  test("forgets by bytes too, but never its newest item", () => {
    const list = new BoundedList<string>({ items: 10, bytes: 100 });
    list.push("a", 60);
    list.push("b", 60);
    expect([...list]).toEqual(["b"]);
    list.push("c", 1_000);
    expect([...list]).toEqual(["c"]);
    list.push("d", 1);
    expect([...list]).toEqual(["d"]);
  });

  test("stays the same when what it forgot is cut off", () => {
    const list = new BoundedList<number>({ items: 100 });
    for (let item = 0; item < 10_000; item++) {
      list.push(item);
      if (list.at(list.first) !== list.first || list.at(item) !== item) throw new Error(`item ${item} is elsewhere`);
    }
    expect([...list]).toEqual(Array.from({ length: 100 }, (_, index) => 9_900 + index));
  });

  test("has nothing to forget when it is empty", () => {
    const list = new BoundedList<string>();
    list.forgetOldest();
    expect([list.first, list.end]).toEqual([0, 0]);
  });
});

describe("a filtered list", () => {
  const isEven = (item: number) => item % 2 === 0;

  test("has the indexes of what passes, and looks at each item once", () => {
    const list = new BoundedList<number>();
    let looks = 0;
    const even = new FilteredList(list, (item) => {
      looks += 1;
      return isEven(item);
    });
    for (let item = 0; item < 4; item++) list.push(item);
    expect(even.indexes()).toEqual([0, 2]);
    list.push(4);
    expect(even.indexes()).toEqual([0, 2, 4]);
    expect(looks).toBe(5);
  });

  test("loses what the list forgets", () => {
    const list = new BoundedList<number>({ items: 3 });
    const even = new FilteredList(list, isEven);
    for (let item = 0; item < 4; item++) list.push(item);
    expect(even.indexes()).toEqual([2]);
    list.push(4);
    list.push(6);
    expect(even.indexes()).toEqual([4, 5]);
  });

  test("grows no further than to where it is paused, and on from there", () => {
    const list = new BoundedList<number>();
    const even = new FilteredList(list, isEven);
    for (let item = 0; item < 8; item++) list.push(item);
    expect(even.indexes(3)).toEqual([0, 2]);
    expect(even.indexes()).toEqual([0, 2, 4, 6]);
  });
});
