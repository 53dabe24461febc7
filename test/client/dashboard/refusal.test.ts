import { expect, test } from "vitest";
import { refusalOf } from "../../../client/dashboard/model/refusal.ts";
import { closureError, closureOf } from "../../../client/closure.ts";

const closed = (code: number, reason: string) => closureError(closureOf(code, reason), "could not connect");

test.each<[string, unknown, string]>([
  ["a token that may host alone", closed(4403, "expected the scope observe or admin"), "host_only"],
  ["a token that may do nothing", closed(4403, "the token does not allow this: expected the scope host"), "signed_out"],
  ["an origin that is refused", closed(4403, "origin http://elsewhere is not allowed"), "signed_out"],
  ["a wrong token", closed(4401, "the token is missing or wrong"), "signed_out"],
])("%s leaves the page as what it is, with the gateway's reason", (_, error, state) => {
  expect(refusalOf(error)).toEqual({ state, problem: (error as { reason: string }).reason });
});

test("What is no refusal of the gateway leaves the page signed out, with its message", () => {
  expect(refusalOf(new TypeError("token: expected text"))).toEqual({
    state: "signed_out",
    problem: "token: expected text",
  });
});
