import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { connect } from "../../client/index.ts";
import type { HelloFrame } from "../../src/protocol/client-frames.ts";
import { table } from "../bench/table.ts";
import { rawRequest, upgradeHead } from "../support/raw-request.ts";
import { RawTurn } from "../support/raw-turn.ts";
import { sharedGateway } from "../support/running-gateway.ts";
import { TemporaryFile } from "../support/temporary-file.ts";
import { bearerProtocol, signedJwt } from "../support/tokens.ts";

const secret = "0123456789abcdef0123456789abcdef";
const alice = "the-token-of-alice";
const bob = "the-token-of-bob-b";
const watcher = "the-token-of-watcher";

const file = new TemporaryFile();
beforeAll(() =>
  file.write([
    { name: "alice", token: alice },
    { name: "bob", token: bob },
    { name: "watcher", token: watcher, scopes: ["observe"] },
    { name: "carol", token: "the-token-of-carol", expires: "2020-01-01T00:00:00Z" },
  ]),
);
afterAll(() => file.remove());
const gateway = sharedGateway({
  tokensFile: file.path,
  jwtSecret: secret,
  jwtIssuer: "https://issuer.example",
  jwtAudience: "cellgate",
});
const another = sharedGateway();

const jwt = (claims: object = {}, key = secret): string => {
  const right = { iss: "https://issuer.example", aud: "cellgate", sub: "dave", scope: "cellgate:host", exp: 4e9 };
  return signedJwt({ ...right, ...claims }, key);
};
const unsigned = jwt()
  .replace(/^[^.]+/, Buffer.from('{"alg":"none"}').toString("base64url"))
  .replace(/[^.]+$/, "");

/** Someone who may not connect, and what both kinds of clients are told. */
interface Stranger {
  readonly who: string;
  readonly token: () => string | undefined;
  readonly headers?: { readonly [name: string]: string };
  readonly status: number;
  readonly code: number;
  readonly reason: string;
  /** What the header `WWW-Authenticate` says. */
  readonly challenge?: string;
}

const invalid = 'Bearer error="invalid_token"';
const unknown = { status: 401, code: 4401, reason: "the token is missing or wrong", challenge: invalid };
const expired = { ...unknown, reason: "the token has expired" };
const elsewhere = { status: 403, code: 4403, reason: "pages of this origin may not connect (origins)" };
const rebound = { ...elsewhere, reason: "expected a Host of loopback, or that of an allowed origin (origins)" };
const right = () => gateway().token;

const strangers: readonly Stranger[] = [
  { who: "without a token", token: () => undefined, ...unknown, challenge: "Bearer" },
  { who: "with a wrong one", token: () => "not-a-token-of-ours", ...unknown },
  { who: "with a part of the right one", token: () => right().slice(0, -1), ...unknown },
  { who: "with that of another gateway", token: () => another().token, ...unknown },
  { who: "with one that has expired", token: () => "the-token-of-carol", ...expired },
  { who: "with a JWT that has expired", token: () => jwt({ exp: 1e9 }), ...expired },
  { who: "with a JWT of later", token: () => jwt({ nbf: 4e9 }), ...expired, reason: "the token is not valid yet" },
  { who: "with a JWT that others signed", token: () => jwt({}, "x".repeat(32)), ...unknown },
  { who: "with a JWT that nobody signed", token: () => unsigned, ...unknown },
  { who: "with a JWT of another issuer", token: () => jwt({ iss: "https://evil.example" }), ...unknown },
  { who: "with a JWT for another service", token: () => jwt({ aud: "mail" }), ...unknown },
  { who: "with a JWT of nobody", token: () => jwt({ sub: undefined }), ...unknown },
  {
    who: "with a JWT without our scopes",
    token: () => jwt({ scope: "host admin" }),
    status: 403,
    code: 4403,
    reason: "the token does not allow this: expected the scope host or observe or admin",
    challenge: 'Bearer error="insufficient_scope", scope="host observe admin"',
  },
  { who: "on a page of another origin", token: right, headers: { Origin: "https://evil.example" }, ...elsewhere },
  { who: "on a page without one", token: right, headers: { Origin: "null" }, ...elsewhere },
  { who: "who came by another name", token: right, headers: { Host: "evil.example" }, ...rebound },
  {
    who: "on a page whose name leads here",
    token: right,
    headers: { Host: "evil.example", Origin: "http://evil.example" },
    ...rebound,
  },
];

const printed: string[][] = [];
afterAll(() => console.log(table(["who", "by header", "by subprotocol", "reason"], printed, 4)));

/** How the connection of a client ends that can set no header. */
function asBrowser({ token, headers }: Pick<Stranger, "token" | "headers">): RawTurn {
  const shown = token();
  const offered = ["cellgate.v1.json", ...(shown === undefined ? [] : [bearerProtocol(shown)])];
  const turn = new RawTurn(new WebSocket(gateway().url, offered, { headers, perMessageDeflate: false }));
  onTestFinished(() => turn.socket.terminate());
  return turn;
}

describe("whoever may not connect is refused by status, or, where nobody could see that, by close code", () => {
  test.each(strangers)("$who: $status, $code", async (stranger) => {
    const { who, token, headers, status, code, reason, challenge } = stranger;
    const shown = token();
    // Without the header there must be nothing to echo, or the client would be taken for a browser.
    const bearer =
      shown === undefined ? {} : { Authorization: `Bearer ${shown}`, "Sec-WebSocket-Protocol": "cellgate.v1.json" };
    const response = await rawRequest(gateway().url, upgradeHead("/v1/turn", { ...bearer, ...headers }));
    const closed = await asBrowser(stranger).closed;
    printed.push([who, `${response.status}`, `${closed.code}`, closed.reason]);
    expect([response.status, response.body]).toEqual([status, `${reason}\n`]);
    expect(response.headers.get("www-authenticate")).toBe(challenge);
    expect(closed).toEqual({ code, reason });
    if (headers || shown === undefined) return;
    await expect(connect(gateway().url, { token: shown })).rejects.toMatchObject({ closeCode: code, retryable: false });
  });

  test("and whoever may is let in, under each form of a token", async () => {
    for (const token of [right(), alice, bob, jwt()]) {
      for (const turn of [await open(token), await openAsBrowser(token)]) expect((await turn.hello()).turn).toBe(1);
    }
  });
});

async function openAsBrowser(token: string): Promise<RawTurn> {
  const turn = asBrowser({ token: () => token });
  await once(turn.socket, "open");
  return turn;
}

async function open(token: string): Promise<RawTurn> {
  const turn = await RawTurn.open({ url: gateway().url, token });
  onTestFinished(() => turn.socket.terminate());
  return turn;
}

/** What somebody knows of a session of alice, and of others. */
interface Known {
  readonly id: string;
  readonly token: string;
  readonly ended: { readonly id: string; readonly token: string };
  readonly other: { readonly token: string };
}

/** Alice, with a session that is attached to; what there is to steal; and a session of hers that has ended. */
async function stealable(): Promise<{ owner: RawTurn; known: Known }> {
  const [owner, second, third] = [await open(alice), await open(alice), await open(alice)];
  const { sessionId: id, sessionToken: token } = await owner.hello();
  const other = { token: (await second.hello()).sessionToken };
  const { sessionId, sessionToken } = await third.hello();
  third.send({ type: "end_session", id: 1 });
  await third.closed;
  return { owner, known: { id, token, other, ended: { id: sessionId, token: sessionToken } } };
}

describe("a session is nobody's but its owner's, who needs its token", () => {
  const notThere = { code: 4404, reason: "no such session" };
  const wrongToken = { code: 4403, reason: "the session token is not that of the session" };
  type Hello = Omit<HelloFrame, "type">;
  test.each<[string, string, (known: Known) => Hello, { code: number; reason: string }]>([
    [
      "its id and a guessed token, by its owner",
      alice,
      ({ id }) => ({ sessionId: id, sessionToken: "guess" }),
      wrongToken,
    ],
    ["its id and no token, by its owner", alice, ({ id }) => ({ sessionId: id, sessionToken: "" }), wrongToken],
    [
      "its id and the token of another session, by its owner",
      alice,
      ({ id, other }) => ({ sessionId: id, sessionToken: other.token }),
      wrongToken,
    ],
    [
      "the same to resume",
      alice,
      ({ id, other }) => ({ sessionId: id, sessionToken: other.token, turn: 1, lastSeq: 0 }),
      wrongToken,
    ],
    ["its id and its token, by another", bob, ({ id, token }) => ({ sessionId: id, sessionToken: token }), notThere],
    ["its id and a guessed token, by another", bob, ({ id }) => ({ sessionId: id, sessionToken: "guess" }), notThere],
    [
      "its id and its token, by another with a JWT",
      jwt(),
      ({ id, token }) => ({ sessionId: id, sessionToken: token }),
      notThere,
    ],
    [
      "the same to resume, by another",
      bob,
      ({ id, token }) => ({ sessionId: id, sessionToken: token, turn: 1, lastSeq: 0 }),
      notThere,
    ],
    ["an id that never was", alice, ({ token }) => ({ sessionId: "made-up", sessionToken: token }), notThere],
    [
      "one that has ended, by its owner",
      alice,
      ({ ended }) => ({ sessionId: ended.id, sessionToken: ended.token }),
      { code: 4410, reason: "the session has ended" },
    ],
    [
      "one that has ended, by another",
      bob,
      ({ ended }) => ({ sessionId: ended.id, sessionToken: ended.token }),
      notThere,
    ],
    [
      "its id and its token, by one who may only watch",
      watcher,
      ({ id, token }) => ({ sessionId: id, sessionToken: token }),
      { code: 4403, reason: "expected the scope host" },
    ],
  ])("%s", async (what, token, hello, end) => {
    const { owner, known } = await stealable();
    const ends = [await open(token), await openAsBrowser(token)].map((turn) => {
      turn.send({ type: "hello", ...hello(known) });
      return turn.closed;
    });
    const [first, second] = await Promise.all(ends);
    printed.push([`a session: ${what}`, `101, ${first!.code}`, `${second!.code}`, second!.reason]);
    expect([first, second]).toEqual([end, end]);
    // Its owner has not heard of it.
    await owner.settle();
    expect(owner.tags).toEqual(["welcome", "pong"]);
  });

  test("its id alone is no hello", async () => {
    const { owner, known } = await stealable();
    const turn = await open(alice);
    turn.send({ type: "hello", sessionId: known.id });
    expect((await turn.next("error")).message).toBe(
      "hello: expected sessionId and sessionToken together, got one of them",
    );
    await owner.settle();
  });

  test("its owner is let in with any of its tokens", async () => {
    const { known } = await stealable();
    const turn = await open(jwt({ sub: "alice" }));
    expect((await turn.hello({ sessionId: known.id, sessionToken: known.token })).turn).toBe(2);
  });
});
