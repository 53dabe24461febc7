import { describe, expect, test } from "vitest";
import { formatRoute, parseRoute, type Route, tokenOf } from "../../../client/dashboard/model/route.ts";

const routes: readonly (readonly [string, Route])[] = [
  ["#/sessions", { view: "sessions", query: {} }],
  ["#/sessions?filter=a+b&state=suspended", { view: "sessions", query: { filter: "a b", state: "suspended" } }],
  ["#/sessions/s-1_x", { view: "session", sessionId: "s-1_x", tab: "timeline", query: {} }],
  [
    "#/sessions/s/frames?cell=c&frame=7&tag=tool_call",
    { view: "session", sessionId: "s", tab: "frames", query: { cell: "c", tag: "tool_call", frame: "7" } },
  ],
  ["#/sessions/a%2Fb/log", { view: "session", sessionId: "a/b", tab: "log", query: {} }],
  ["#/trace/values", { view: "trace", tab: "values", query: {} }],
  ["#/playground", { view: "playground", query: {} }],
  ["#/metrics", { view: "metrics", query: {} }],
];

describe("an address", () => {
  test.each(routes)("%s says what is shown, and is made of it again", (fragment, route) => {
    expect(parseRoute(fragment)).toEqual(route);
    expect(parseRoute(formatRoute(route))).toEqual(route);
  });

  test.each(["", "#", "#/", "#/nowhere", "#token=abc", "#/sessions/", "#/%"])("%j shows the sessions", (fragment) => {
    expect(parseRoute(fragment)).toMatchObject({ view: "sessions" });
  });

  test("shows the timeline where it names no part that there is", () => {
    expect(parseRoute("#/sessions/s/nothing")).toMatchObject({ view: "session", tab: "timeline" });
  });

  test("is taken as it stands where it is not encoded as it should be", () => {
    expect(parseRoute("#/sessions/%E0%A4%A")).toMatchObject({ sessionId: "%E0%A4%A" });
  });
});

test("A printed link brings a token, and no other address does", () => {
  expect(tokenOf("#token=a%2Bb")).toBe("a+b");
  for (const [fragment] of routes) expect(tokenOf(fragment)).toBeUndefined();
});
