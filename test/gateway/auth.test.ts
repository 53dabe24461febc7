import { generateKeyPairSync } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { SignJWT } from "jose";
import { describe, expect, onTestFinished, test } from "vitest";
import { Auth, type AuthOptions, BEARER_PROTOCOL, offeredProtocols } from "../../src/gateway/auth.ts";
import { principal } from "../support/principals.ts";
import { RecordingObserver } from "../support/recording-observer.ts";
import { TemporaryFile } from "../support/temporary-file.ts";
import { bearerProtocol, signedJwt } from "../support/tokens.ts";

const token = "a token of 16 or more".replaceAll(" ", "-");
const request = (headers: IncomingMessage["headers"]): IncomingMessage => ({ headers }) as IncomingMessage;
const bearing = (bearer: string) => request({ authorization: `Bearer ${bearer}` });

async function openAuth(options: Partial<AuthOptions> = {}): Promise<Auth> {
  const auth = await Auth.open({ token, claims: {}, observer: new RecordingObserver(), ...options });
  onTestFinished(() => auth.close());
  return auth;
}

test.each<[string, IncomingMessage["headers"]]>([
  ["in the header", { authorization: `Bearer ${token}` }],
  ["in the header, whatever the case of its scheme", { authorization: `bearer  ${token} ` }],
  ["among the subprotocols", { "sec-websocket-protocol": `cellgate.v1.json, ${bearerProtocol(token)}` }],
  ["among the subprotocols, in any place", { "sec-websocket-protocol": `${bearerProtocol(token)},cellgate.v1.json` }],
])("the token is taken %s, and stands for who may do everything", async (_, headers) => {
  expect(await (await openAuth()).identify(request(headers))).toEqual(principal("default"));
});

test.each<[string, IncomingMessage["headers"]]>([
  ["an empty header", { authorization: "" }],
  ["another token", { authorization: `Bearer ${token}x` }],
  ["a part of the token", { authorization: `Bearer ${token.slice(0, -1)}` }],
  ["the token without a scheme", { authorization: token }],
  ["another scheme", { authorization: `Basic ${token}` }],
  ["two tokens", { authorization: `Bearer ${token} ${token}` }],
  ["the token in plain text among the subprotocols", { "sec-websocket-protocol": BEARER_PROTOCOL + token }],
  ["an empty subprotocol token", { "sec-websocket-protocol": BEARER_PROTOCOL }],
  [
    "a wrong header beside a right subprotocol",
    { authorization: "Bearer x", "sec-websocket-protocol": bearerProtocol(token) },
  ],
])("%s is wrong", async (_, headers) => {
  expect(await (await openAuth()).identify(request(headers))).toBe("wrong");
});

test.each<[string, IncomingMessage["headers"]]>([
  ["nothing", {}],
  ["the token as another subprotocol", { "sec-websocket-protocol": bearerProtocol(token).replace("bearer", "token") }],
])("%s is missing", async (_, headers) => {
  expect(await (await openAuth()).identify(request(headers))).toBe("missing");
});

test("the offered subprotocols are read in their order, whatever the spaces between them", () => {
  const header = { "sec-websocket-protocol": " b,a ,\tc,, " };
  expect(offeredProtocols(request(header))).toEqual(["b", "a", "c"]);
  expect(offeredProtocols(request({}))).toEqual([]);
});

describe("tokens come from several places", () => {
  const secret = "0123456789abcdef0123456789abcdef";
  const claims = { sub: "from-jwt", scope: "cellgate:host", exp: 4e9 };

  test("which are all asked, and of what several know a little the most is said", async () => {
    const file = await TemporaryFile.with([
      { name: "from-file", token: "from-the-tokens-file" },
      { name: "from-file", token: "that-was-ended-again", expires: "2020-01-01T00:00Z" },
    ]);
    const auth = await openAuth({ tokensFile: file.path, jwtSecret: secret, claims: { audience: "a" } });
    const who = (bearer: string) => auth.identify(bearing(bearer));
    expect(await who(token)).toMatchObject({ name: "default" });
    expect(await who("from-the-tokens-file")).toMatchObject({ name: "from-file" });
    expect(await who("that-was-ended-again")).toBe("expired");
    expect(await who(signedJwt({ ...claims, aud: "a" }, secret))).toMatchObject({ name: "from-jwt" });
    expect(await who(signedJwt({ ...claims, aud: "b" }, secret))).toBe("wrong");
    expect(await who(signedJwt({ ...claims, aud: "a", exp: 1e9 }, secret))).toBe("expired");
    expect(await who("of-none-of-these-all")).toBe("wrong");
  });

  test("of which files are read again, without a word of what is in them", async () => {
    const observer = new RecordingObserver();
    const file = await TemporaryFile.with([{ name: "a", token: "the-first-of-tokens" }]);
    const auth = await openAuth({ tokensFile: file.path, observer });
    const who = (bearer: string) => auth.identify(bearing(bearer));
    await file.write([{ name: "a", token: "the-second-of-tokens" }]);
    await auth.reload();
    expect([await who("the-first-of-tokens"), await who("the-second-of-tokens")]).toMatchObject([
      "wrong",
      { name: "a" },
    ]);
    await file.write('[{ "name": "a", "token": the-third-of-tokens');
    await auth.reload();
    expect(await who("the-second-of-tokens")).toMatchObject({ name: "a" });
    expect(observer.events).toEqual([
      { type: "file_read", path: file.path },
      { type: "file_read", path: file.path, problem: `${file.path}: expected JSON` },
    ]);
  });

  test("and a key set too is read again, so that keys can be exchanged", async () => {
    const keys = [1, 2].map(() => generateKeyPairSync("ec", { namedCurve: "P-256" }));
    const [first, second] = keys.map(({ publicKey }) => ({ keys: [publicKey.export({ format: "jwk" })] }));
    const tokens = await Promise.all(
      keys.map(({ privateKey }) => new SignJWT(claims).setProtectedHeader({ alg: "ES256" }).sign(privateKey)),
    );
    const file = await TemporaryFile.with(first);
    const auth = await openAuth({ jwksFile: file.path });
    const who = () => Promise.all(tokens.map((bearer) => auth.identify(bearing(bearer))));
    expect(await who()).toMatchObject([{ name: "from-jwt" }, "wrong"]);
    await file.write(second);
    await auth.reload();
    expect(await who()).toMatchObject(["wrong", { name: "from-jwt" }]);
  });

  test("and a file that cannot be read at the start is told", async () => {
    const file = await TemporaryFile.with([]);
    const path = `${file.path}-not`;
    await expect(openAuth({ tokensFile: path })).rejects.toThrow(`${path}: ENOENT`);
    await expect(openAuth({ tokensFile: file.path, jwksFile: path })).rejects.toThrow(`${path}: ENOENT`);
    await expect(openAuth({ jwksFile: file.path })).rejects.toThrow(`${file.path}: expected a JSON Web Key Set`);
  });
});
