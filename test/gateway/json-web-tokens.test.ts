import { createHmac, generateKeyPairSync, type KeyObject } from "node:crypto";
import { SignJWT, UnsecuredJWT } from "jose";
import { describe, expect, test } from "vitest";
import { JsonWebTokens, type JwtClaims } from "../../src/gateway/json-web-tokens.ts";

const secret = "a secret of at least thirty-two bytes";
const scope = "cellgate:host";
const now = () => Math.floor(Date.now() / 1_000);
const fresh = () => ({ sub: "agent", scope, exp: now() + 60 });

type Key = string | KeyObject;
const sign = (claims: object, key: Key = secret, header: { alg?: string; kid?: string } = {}): Promise<string> => {
  const signed = new SignJWT({ ...claims }).setProtectedHeader({ alg: "HS256", ...header });
  return signed.sign(typeof key === "string" ? new TextEncoder().encode(key) : key);
};
const identify = (token: string, claims: JwtClaims = {}) => JsonWebTokens.withSecret(secret, claims).identify(token);

const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ed = generateKeyPairSync("ed25519");
const jwk = (key: KeyObject, fields: object = {}) => ({ ...key.export({ format: "jwk" }), ...fields });
const keySet = (...keys: object[]) => JsonWebTokens.withKeySet(JSON.stringify({ keys }), {});

describe("a JWT signed with the secret", () => {
  test("stands for its subject, with the scopes that are prefixed as ours", async () => {
    const token = await sign({ ...fresh(), scope: "admin openid cellgate:host cellgate:observe cellgate:root host" });
    expect(await identify(token)).toEqual({ name: "agent", scopes: new Set(["host", "observe"]) });
  });

  test.each([undefined, 5, ["cellgate:host"], "", "host admin"])(
    "has no scope of ours with scope %j",
    async (scope) => {
      expect(await identify(await sign({ ...fresh(), scope }))).toEqual({ name: "agent", scopes: new Set() });
    },
  );

  test.each<[string, object, string]>([
    ["expired a minute ago", { exp: now() - 60 }, "expired"],
    ["is not valid yet", { nbf: now() + 60 }, "not_yet_valid"],
    ["never expires", { exp: undefined }, "wrong"],
    ["expires at no time", { exp: "tomorrow" }, "wrong"],
    ["has no subject", { sub: undefined }, "wrong"],
    ["has an empty subject", { sub: "" }, "wrong"],
    ["has a subject that is no text", { sub: 7 }, "wrong"],
    ["has a subject without bounds", { sub: "x".repeat(257) }, "wrong"],
  ])("is refused where it %s", async (_, claims, problem) => {
    const body = Buffer.from(JSON.stringify({ ...fresh(), ...claims })).toString("base64url");
    const head = Buffer.from(JSON.stringify({ alg: "HS256" })).toString("base64url");
    const signature = createHmac("sha256", secret).update(`${head}.${body}`).digest("base64url");
    expect(await identify(`${head}.${body}.${signature}`)).toBe(problem);
  });

  test("may be off by some seconds, as clocks are", async () => {
    expect(await identify(await sign({ ...fresh(), exp: now() - 1, nbf: now() + 2 }))).toMatchObject({ name: "agent" });
  });

  test("must have the issuer and the audience that are asked for", async () => {
    const claims = { issuer: "https://issuer.example", audience: "cellgate" };
    const right = { ...fresh(), iss: claims.issuer, aud: ["other", "cellgate"] };
    expect(await identify(await sign(right), claims)).toMatchObject({ name: "agent" });
    for (const wrong of [{ iss: "https://other.example" }, { iss: undefined }, { aud: "other" }, { aud: undefined }]) {
      expect(await identify(await sign({ ...right, ...wrong }), claims)).toBe("wrong");
    }
  });

  test("is refused with another secret, without a signature, or by another algorithm", async () => {
    expect(await identify(await sign(fresh(), `${secret}.`))).toBe("wrong");
    expect(await identify(new UnsecuredJWT(fresh()).encode())).toBe("wrong");
    const signed = await sign(fresh());
    expect(await identify(signed.slice(0, signed.lastIndexOf(".") + 1))).toBe("wrong");
    const [, body] = signed.split(".");
    const none = Buffer.from('{"alg":"none"}').toString("base64url");
    expect(await identify(`${none}.${body}.${signed.split(".")[2]}`)).toBe("wrong");
    const long = secret.repeat(2);
    const tokens = JsonWebTokens.withSecret(long, {});
    expect(await tokens.identify(await sign(fresh(), long, { alg: "HS512" }))).toBe("wrong");
    expect(await tokens.identify(await sign(fresh(), long))).toMatchObject({ name: "agent" });
  });

  test.each(["", "a", "a.b.c", "..", "a.b.c.d.e", "x".repeat(10_000)])("is no text such as %j", async (text) => {
    expect(await identify(text)).toBe("wrong");
  });

  test("that is expired and forged is wrong: only its bearer is told that it expired", async () => {
    expect(await identify(await sign({ ...fresh(), exp: now() - 60 }, `${secret}.`))).toBe("wrong");
  });
});

describe("a JWT signed with a key of the set", () => {
  test.each<[string, object, KeyObject, string]>([
    ["EC", jwk(ec.publicKey), ec.privateKey, "ES256"],
    ["RSA, with the algorithm that goes without saying", jwk(rsa.publicKey), rsa.privateKey, "RS256"],
    ["RSA, with the algorithm that it names", jwk(rsa.publicKey, { alg: "PS256" }), rsa.privateKey, "PS256"],
    ["Ed25519", jwk(ed.publicKey), ed.privateKey, "EdDSA"],
  ])("of %s stands for its subject", async (_, key, privateKey, alg) => {
    const tokens = await keySet(key);
    expect(await tokens.identify(await sign(fresh(), privateKey, { alg }))).toMatchObject({ name: "agent" });
  });

  test("is checked with the key that it names", async () => {
    const other = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const tokens = await keySet(jwk(ec.publicKey, { kid: "1" }), jwk(other.publicKey, { kid: "2" }));
    const signed = (kid: string) => sign(fresh(), ec.privateKey, { alg: "ES256", kid });
    expect(await tokens.identify(await signed("1"))).toMatchObject({ name: "agent" });
    expect([await tokens.identify(await signed("2")), await tokens.identify(await signed("3"))]).toEqual([
      "wrong",
      "wrong",
    ]);
  });

  test("cannot choose its algorithm: not another one of its key, nor the public key as a secret, nor none", async () => {
    const tokens = await keySet(jwk(rsa.publicKey), jwk(ec.publicKey));
    expect(await tokens.identify(await sign(fresh(), rsa.privateKey, { alg: "PS256" }))).toBe("wrong");
    expect(await tokens.identify(await sign(fresh(), rsa.privateKey, { alg: "RS512" }))).toBe("wrong");
    for (const type of ["spki", "pkcs1"] as const) {
      const pem = rsa.publicKey.export({ format: "pem", type });
      expect(await tokens.identify(await sign(fresh(), pem))).toBe("wrong");
    }
    expect(await tokens.identify(await sign(fresh(), JSON.stringify(jwk(rsa.publicKey))))).toBe("wrong");
    expect(await tokens.identify(new UnsecuredJWT(fresh()).encode())).toBe("wrong");
  });

  test("is refused where its key is not in the set", async () => {
    const tokens = await keySet(jwk(ec.publicKey));
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    expect(await tokens.identify(await sign(fresh(), privateKey, { alg: "ES256" }))).toBe("wrong");
  });

  test("brings no key of its own", async () => {
    const tokens = await keySet(jwk(ec.publicKey));
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const header = { alg: "ES256", jwk: jwk(publicKey) };
    expect(await tokens.identify(await sign(fresh(), privateKey, header))).toBe("wrong");
  });
});

describe("a key set is refused", () => {
  const fits = "expected a key of RSA, of EC (P-256, P-384, P-521) or of Ed25519, and an alg that fits it";
  test.each<[string, string, string]>([
    ["that is no JSON", "{", "expected JSON"],
    ["that is none", "[]", "expected a JSON Web Key Set with at least one key"],
    ["without a key", '{"keys":[]}', "expected a JSON Web Key Set with at least one key"],
    ["with what is no key", '{"keys":[null]}', "keys[0]: expected a key"],
    [
      "with a private key",
      JSON.stringify({ keys: [jwk(ec.publicKey), jwk(ec.privateKey)] }),
      "keys[1]: expected a public key, got a secret one",
    ],
    [
      "with a secret",
      '{"keys":[{"kty":"oct","k":"c2VjcmV0","alg":"HS256"}]}',
      "keys[0]: expected a public key, got a secret one",
    ],
    [
      "with a key for another use",
      JSON.stringify({ keys: [{ kty: "OKP", crv: "X25519", x: "AA" }] }),
      `keys[0]: ${fits}`,
    ],
    [
      "with an algorithm of another key",
      JSON.stringify({ keys: [jwk(rsa.publicKey, { alg: "ES256" })] }),
      `keys[0]: ${fits}`,
    ],
    [
      "with the algorithm of a secret",
      JSON.stringify({ keys: [jwk(rsa.publicKey, { alg: "HS256" })] }),
      `keys[0]: ${fits}`,
    ],
    [
      "with half a key",
      JSON.stringify({ keys: [{ ...jwk(ec.publicKey), y: undefined }] }),
      "keys[0]: expected a public key",
    ],
  ])("%s", async (_, text, message) => {
    await expect(JsonWebTokens.withKeySet(text, {})).rejects.toThrow(new Error(message));
  });
});
