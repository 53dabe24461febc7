import type { IncomingMessage } from "node:http";
import { expect, test } from "vitest";
import { Auth, BEARER_PROTOCOL, offeredProtocols } from "../../src/gateway/auth.ts";

const token = "a token of 16 or more".replaceAll(" ", "-");
const auth = new Auth(token);
const request = (headers: IncomingMessage["headers"]): IncomingMessage => ({ headers }) as IncomingMessage;
const offer = (text: string): string => BEARER_PROTOCOL + Buffer.from(text).toString("base64url");

test.each<[string, IncomingMessage["headers"]]>([
  ["in the header", { authorization: `Bearer ${token}` }],
  ["in the header, whatever the case of its scheme", { authorization: `bearer  ${token} ` }],
  ["among the subprotocols", { "sec-websocket-protocol": `cellgate.v1.json, ${offer(token)}` }],
  ["among the subprotocols, in any place", { "sec-websocket-protocol": `${offer(token)},cellgate.v1.json` }],
])("the token is taken %s", (_, headers) => {
  expect(auth.accepts(request(headers))).toBe(true);
});

test.each<[string, IncomingMessage["headers"]]>([
  ["nothing", {}],
  ["an empty header", { authorization: "" }],
  ["another token", { authorization: `Bearer ${token}x` }],
  ["a part of the token", { authorization: `Bearer ${token.slice(0, -1)}` }],
  ["the token without a scheme", { authorization: token }],
  ["another scheme", { authorization: `Basic ${token}` }],
  ["two tokens", { authorization: `Bearer ${token} ${token}` }],
  ["the token in plain text among the subprotocols", { "sec-websocket-protocol": BEARER_PROTOCOL + token }],
  ["an empty subprotocol token", { "sec-websocket-protocol": BEARER_PROTOCOL }],
  ["the token as another subprotocol", { "sec-websocket-protocol": offer(token).replace("bearer", "token") }],
  ["a wrong header beside a right subprotocol", { authorization: "Bearer x", "sec-websocket-protocol": offer(token) }],
])("%s is refused", (_, headers) => {
  expect(auth.accepts(request(headers))).toBe(false);
});

test("the offered subprotocols are read in their order, whatever the spaces between them", () => {
  const header = { "sec-websocket-protocol": " b,a ,\tc,, " };
  expect(offeredProtocols(request(header))).toEqual(["b", "a", "c"]);
  expect(offeredProtocols(request({}))).toEqual([]);
});
