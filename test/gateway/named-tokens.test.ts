import { expect, test } from "vitest";
import { hashToken, type NamedToken, NamedTokens } from "../../src/gateway/named-tokens.ts";
import { principal } from "../support/principals.ts";

const named = (name: string, token: string, expiresAt?: number): NamedToken => {
  return { hash: hashToken(token), principal: principal(name), expiresAt };
};

test("a token stands for its principal, and no other text for anybody", () => {
  const tokens = new NamedTokens([named("a", "token of a"), named("b", "token of b")]);
  expect(tokens.identify("token of a")).toEqual(principal("a"));
  expect(tokens.identify("token of b")).toEqual(principal("b"));
  for (const wrong of ["", "token of", "token of a ", "TOKEN OF A", hashToken("token of a").toString("hex")]) {
    expect(tokens.identify(wrong)).toBe("wrong");
  }
});

test("two tokens may stand for one principal, so that one can be exchanged for the other", () => {
  const tokens = new NamedTokens([named("a", "old"), named("a", "new")]);
  expect([tokens.identify("old"), tokens.identify("new")]).toEqual([principal("a"), principal("a")]);
});

test("a token is refused from the moment on at which it expires", () => {
  const now = Date.now();
  const tokens = new NamedTokens([named("a", "past", now), named("a", "future", now + 3_600_000)]);
  expect([tokens.identify("past"), tokens.identify("future")]).toEqual(["expired", principal("a")]);
});
