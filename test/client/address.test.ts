import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bearerSubprotocol, turnAddress } from "../../client/address.ts";

describe("the address of a turn", () => {
  test.each([
    ["ws://host:1", "ws://host:1/v1/turn"],
    ["ws://host:1/", "ws://host:1/v1/turn"],
    ["wss://host", "wss://host/v1/turn"],
    ["http://host:1", "ws://host:1/v1/turn"],
    ["https://host", "wss://host/v1/turn"],
    ["https://host/gate", "wss://host/gate"],
    ["wss://host?x=1", "wss://host/v1/turn?x=1"],
    ["ws://[::1]:9/#part", "ws://[::1]:9/v1/turn"],
  ])("%s means %s", (url, address) => {
    expect(turnAddress(url)).toBe(address);
  });

  test.each(["", "host:1", "ftp://host", "localhost", "//host"])("%j is refused", (url) => {
    expect(() => turnAddress(url)).toThrow(
      new TypeError(`url: expected one with ws, wss, http or https, got ${JSON.stringify(url)}`),
    );
  });
});

describe("the subprotocol that carries the token", () => {
  test("is base64url without padding", () => {
    expect(bearerSubprotocol("~~~?>>")).toBe("cellgate.bearer.fn5-Pz4-");
    expect(bearerSubprotocol("a")).toBe("cellgate.bearer.YQ");
  });

  test("gives back any token, and consists of characters that a header may have", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (token) => {
        const subprotocol = bearerSubprotocol(token);
        expect(subprotocol).toMatch(/^cellgate\.bearer\.[\w-]*$/);
        expect(Buffer.from(subprotocol.slice("cellgate.bearer.".length), "base64url").toString()).toBe(token);
      }),
    );
  });
});
