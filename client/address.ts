/** Where a gateway serves turns. */
const defaultPath = "/v1/turn";

const schemes: Record<string, string> = { "ws:": "ws:", "wss:": "wss:", "http:": "ws:", "https:": "wss:" };

/** The address to connect to: `http` becomes `ws`, no path becomes `/v1/turn`. Throws a `TypeError` for what is no such URL. */
export function turnAddress(text: string): string {
  const url = URL.parse(text);
  const scheme = schemes[url?.protocol ?? ""];
  if (!url || !scheme) {
    throw new TypeError(`url: expected one with ws, wss, http or https, got ${JSON.stringify(text)}`);
  }
  url.protocol = scheme;
  if (url.pathname === "/") url.pathname = defaultPath;
  // A WebSocket refuses a fragment.
  url.hash = "";
  return url.href;
}

/**
 * The subprotocol that carries the token, as browsers can set no header, and as URLs end up in logs: base64url of its
 * UTF-8 bytes, without padding, which is made of characters that a subprotocol may have.
 */
export function bearerSubprotocol(token: string): string {
  const bytes = new TextEncoder().encode(token);
  const base64 = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return `cellgate.bearer.${base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`;
}
