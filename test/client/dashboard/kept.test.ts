import { afterEach, expect, test, vi } from "vitest";
import { Kept } from "../../../client/dashboard/kept.ts";

afterEach(() => {
  vi.unstubAllGlobals();
});

/** A browser that keeps things, or refuses to. */
function stubStorage(isBlocked: boolean): void {
  const texts = new Map<string, string>();
  const refuse = () => {
    if (isBlocked) throw new Error("the user told it to keep nothing");
  };
  vi.stubGlobal("sessionStorage", {
    getItem: (key: string) => (refuse(), texts.get(key) ?? null),
    setItem: (key: string, text: string) => (refuse(), texts.set(key, text)),
    removeItem: (key: string) => (refuse(), texts.delete(key)),
  });
}

test("What is kept is there after a reload, until it is forgotten", () => {
  stubStorage(false);
  new Kept("token", "closed").set("t");
  const reloaded = new Kept("token", "closed");
  expect(reloaded.get()).toBe("t");
  reloaded.set(undefined);
  expect([reloaded.get(), new Kept("token", "closed").get()]).toEqual([undefined, undefined]);
});

test("Where the browser keeps nothing, it is there until the page is left", () => {
  stubStorage(true);
  const kept = new Kept("token", "closed");
  expect(kept.get()).toBeUndefined();
  kept.set("t");
  expect([kept.get(), new Kept("token", "closed").get()]).toEqual(["t", undefined]);
  kept.set(undefined);
  expect(kept.get()).toBeUndefined();
});
