/** A request to upgrade, as header lines that differ from a good one. */
export interface Opening {
  /** Of RFC 6455. */
  readonly section: string;
  readonly sent: string;
  readonly method?: string;
  /** Of HTTP. Default: 1.1. */
  readonly version?: string;
  /** `undefined`: the line is left out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly status: number;
  /** Headers of the answer, by their names in lower case; `undefined`: it must not be there. */
  readonly answer?: Readonly<Record<string, string | undefined>>;
}

// The RFC's own example, of section 1.3: that of the key which tests send.
const accepted = { "sec-websocket-accept": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" };
const versions = { "sec-websocket-version": "13, 8" };
const extended = { "sec-websocket-extensions": undefined };

export const opening: readonly Opening[] = [
  {
    section: "4.2.2",
    sent: "a good request",
    status: 101,
    answer: { ...accepted, upgrade: "websocket", connection: "Upgrade" },
  },
  {
    section: "4.2.2",
    sent: "two subprotocols, of which it knows one",
    headers: { "Sec-WebSocket-Protocol": "graphql-ws, cellgate.v1.json" },
    status: 101,
    answer: { "sec-websocket-protocol": "cellgate.v1.json" },
  },
  {
    section: "4.2.1",
    sent: "names in other cases",
    headers: { Upgrade: "WEBSOCKET", Connection: "UPGRADE" },
    status: 101,
    answer: accepted,
  },
  {
    section: "4.2.1",
    sent: "Connection: keep-alive, Upgrade",
    headers: { Connection: "keep-alive, Upgrade" },
    status: 101,
    answer: accepted,
  },
  { section: "4.2.1", sent: "POST", method: "POST", status: 405 },
  { section: "4.2.1", sent: "HTTP/1.0", version: "1.0", status: 400 },
  { section: "4.2.1", sent: "no Host", headers: { Host: undefined }, status: 400 },
  { section: "4.2.1", sent: "no Upgrade", headers: { Upgrade: undefined, Connection: "close" }, status: 426 },
  { section: "4.2.1", sent: "Upgrade: h2c", headers: { Upgrade: "h2c" }, status: 400 },
  { section: "4.2.1", sent: "Connection: close", headers: { Connection: "close" }, status: 426 },
  { section: "4.2.1", sent: "no key", headers: { "Sec-WebSocket-Key": undefined }, status: 400 },
  {
    section: "4.2.1",
    sent: "a key of 15 bytes",
    headers: { "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25j" },
    status: 400,
  },
  {
    section: "4.2.1",
    sent: "a key that is no base64",
    headers: { "Sec-WebSocket-Key": "the sample nonce!!!!!!==" },
    status: 400,
  },
  {
    section: "4.2.1",
    sent: "no version",
    headers: { "Sec-WebSocket-Version": undefined },
    status: 400,
    answer: versions,
  },
  { section: "4.4", sent: "version 14", headers: { "Sec-WebSocket-Version": "14" }, status: 400, answer: versions },
  { section: "4.4", sent: "version 7", headers: { "Sec-WebSocket-Version": "7" }, status: 400, answer: versions },
  {
    section: "4.1",
    sent: "a subprotocol twice",
    headers: { "Sec-WebSocket-Protocol": "cellgate.v1.json, cellgate.v1.json" },
    status: 400,
  },
  {
    section: "9.1",
    sent: "an extension that nobody knows",
    headers: { "Sec-WebSocket-Extensions": "x-none" },
    status: 101,
    answer: extended,
  },
  {
    section: "9.1",
    sent: "permessage-deflate, which is never agreed on",
    headers: { "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits" },
    status: 101,
    answer: extended,
  },
];
