import { describe, expect, test } from "vitest";
import { hashToken } from "../../src/gateway/named-tokens.ts";
import { parseTokensFile } from "../../src/gateway/tokens-file.ts";

const token = "a-secret-that-must-not-be-shown";
const parse = (...entries: unknown[]) => parseTokensFile(JSON.stringify(entries));
const messageOf = (text: string): string => {
  try {
    parseTokensFile(text);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("expected a fault");
};

describe("an entry", () => {
  test("with a name and a token may host turns, and nothing else", () => {
    expect(parse({ name: "a", token }).identify(token)).toEqual({ name: "a", scopes: new Set(["host"]) });
  });

  test("may give the token's SHA-256 in place of the token", () => {
    const tokenSha256 = hashToken(token).toString("hex");
    expect(parse({ name: "a", tokenSha256 }).identify(token)).toMatchObject({ name: "a" });
    expect(parse({ name: "a", tokenSha256: tokenSha256.toUpperCase() }).identify(token)).toMatchObject({ name: "a" });
    expect(parse({ name: "a", tokenSha256 }).identify(tokenSha256)).toBe("wrong");
  });

  test("may have scopes, quotas and an end", () => {
    const entry = {
      name: "a",
      token,
      scopes: ["observe", "admin"],
      sessions: 0,
      sockets: 3,
      expires: "2999-01-01T00:00Z",
    };
    const { scopes, ...rest } = entry;
    expect(parse(entry).identify(token)).toEqual({ name: "a", scopes: new Set(scopes), sessions: 0, sockets: 3 });
    expect(rest.expires).toBeDefined();
  });

  test.each(["2020-01-01T00:00:00Z", "2020-01-01T00:00+14:00", "2020-01-01T00:00:00.5-12:00"])(
    "that ended at %s is refused",
    (expires) => {
      expect(parse({ name: "a", token, expires }).identify(token)).toBe("expired");
    },
  );
});

test("an empty list lets nobody in", () => {
  expect(parse().identify(token)).toBe("wrong");
});

describe("a faulty file is refused as a whole, and the message shows no value of it", () => {
  test.each<[string, string]>([
    [`[{ "name": "a", "token": ${token} }]`, "expected JSON"],
    ["", "expected JSON"],
    [JSON.stringify({ name: "a", token }), "expected a list of tokens"],
    [JSON.stringify(token), "expected a list of tokens"],
  ])("%#", (text, message) => {
    expect(messageOf(text)).toBe(message);
  });

  const name = "a";
  const fields = "name, token, tokenSha256, scopes, sessions, sockets, expires";
  test.each<[unknown[], string]>([
    [[token], "[0]: expected an object"],
    [[{ name, token }, null], "[1]: expected an object"],
    [[{ name, token, [token]: 1 }], `[0]: expected no other fields than ${fields}`],
    [[{ name, token, expire: "2999-01-01T00:00Z" }], `[0]: expected no other fields than ${fields}`],
    [[{ token }], "[0].name: expected a text of 1 to 256 characters"],
    [[{ name: "", token }], "[0].name: expected a text of 1 to 256 characters"],
    [[{ name: "x".repeat(257), token }], "[0].name: expected a text of 1 to 256 characters"],
    [[{ name }], "[0]: expected token or tokenSha256"],
    [[{ name, token, tokenSha256: hashToken(token).toString("hex") }], "[0]: expected token or tokenSha256"],
    [[{ name, token: token.slice(0, 15) }], "[0].token: expected at least 16 characters of ASCII without spaces"],
    [[{ name, token: 1e16 }], "[0].token: expected at least 16 characters of ASCII without spaces"],
    [[{ name, tokenSha256: token }], "[0].tokenSha256: expected 64 hexadecimal digits"],
    [[{ name, token, scopes: [] }], "[0].scopes: expected a list of host, observe, admin"],
    [[{ name, token, scopes: ["host", token] }], "[0].scopes: expected a list of host, observe, admin"],
    [[{ name, token, scopes: "host" }], "[0].scopes: expected a list of host, observe, admin"],
    [[{ name, token, sessions: -1 }], "[0].sessions: expected a whole number from 0"],
    [[{ name, token, sockets: "3" }], "[0].sockets: expected a whole number from 0"],
    [
      [{ name, token, expires: "2999-01-01" }],
      "[0].expires: expected a time with its zone, such as 2030-01-31T12:00:00Z",
    ],
    [
      [{ name, token, expires: "2999-01-01T00:00" }],
      "[0].expires: expected a time with its zone, such as 2030-01-31T12:00:00Z",
    ],
    [
      [{ name, token, expires: "2999-13-01T00:00Z" }],
      "[0].expires: expected a time with its zone, such as 2030-01-31T12:00:00Z",
    ],
    [
      [
        { name, token },
        { name: "b", token },
      ],
      "[1]: expected another token than that of [0]",
    ],
  ])("%#", (entries, message) => {
    expect(messageOf(JSON.stringify(entries))).toBe(message);
    expect(message).not.toContain(token);
  });
});
