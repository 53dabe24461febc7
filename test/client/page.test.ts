import { beforeEach, describe, expect, test } from "vitest";
import { ownPage, Page, type PageEvent } from "../../client/page.ts";
import { FakePage } from "./fake-page.ts";

let fake: FakePage;
let heard: PageEvent[];
let leave: () => void;

beforeEach(() => {
  fake = new FakePage();
  heard = [];
  leave = fake.page.listen((event) => heard.push(event));
});

describe("a page", () => {
  test("is woken when it is shown, and nothing is told of it when it is hidden", () => {
    fake.hide();
    expect(heard).toEqual([]);
    fake.show();
    expect(heard).toEqual(["woken"]);
  });

  test("is woken when there is a network again", () => {
    expect(fake.page.isOffline).toBe(false);
    fake.goOffline();
    expect(fake.page.isOffline).toBe(true);
    fake.goOnline();
    expect(fake.page.isOffline).toBe(false);
    expect(heard).toEqual(["offline", "woken"]);
  });

  test("is put aside when it is frozen, until it goes on", () => {
    fake.freeze();
    expect(heard).toEqual(["aside"]);
    expect(fake.page.isAside).toBe(true);
    fake.thaw();
    expect(heard).toEqual(["aside", "woken", "woken"]);
    expect(fake.page.isAside).toBe(false);
  });

  test("is put aside when the user leaves it, until they come back", () => {
    fake.leave();
    expect(new Set(heard)).toEqual(new Set(["aside"]));
    expect(fake.page.isAside).toBe(true);
    heard = [];
    fake.comeBack();
    expect(new Set(heard)).toEqual(new Set(["woken"]));
    expect(fake.page.isAside).toBe(false);
  });

  test("is not woken by being loaded", () => {
    fake.load();
    expect(heard).toEqual([]);
  });

  test("knows where it stands also when nobody listened meanwhile", () => {
    leave();
    fake.leave();
    fake.page.listen(() => {});
    expect(fake.page.isAside).toBe(true);
    fake.comeBack();
    expect(fake.page.isAside).toBe(false);
    expect(heard).toEqual([]);
  });

  test("tells nobody twice who comes or goes while others are told", () => {
    const late: PageEvent[] = [];
    fake.page.listen(() => {
      leave();
      fake.page.listen((event) => late.push(event));
    });
    fake.goOffline();
    expect(heard).toEqual(["offline"]);
    expect(late).toEqual([]);
    fake.goOnline();
    expect(heard).toEqual(["offline"]);
    expect(late).toEqual(["woken"]);
  });
});

test("a worker is told of the network, and of nothing else", () => {
  const worker = Object.assign(new EventTarget(), { navigator: { onLine: true } });
  const events: PageEvent[] = [];
  new Page(worker).listen((event) => events.push(event));
  worker.dispatchEvent(new Event("offline"));
  worker.dispatchEvent(new Event("online"));
  expect(events).toEqual(["offline", "woken"]);
});

test("where there is no page, nothing is told, and nothing is in the way", () => {
  ownPage.listen(() => expect.unreachable())();
  expect(ownPage).toMatchObject({ isAside: false, isOffline: false });
});
