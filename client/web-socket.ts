/** What the SDK needs of a WebSocket: that of browsers, Node 24, Deno and Bun has it, and so has that of the package `ws`. */
export interface WebSocketLike {
  binaryType: string;
  addEventListener(type: "open", listener: () => void): void;
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: "error", listener: (event: object) => void): void;
  addEventListener(type: "close", listener: (event: { readonly code: number; readonly reason: string }) => void): void;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
}

/** Opens a WebSocket. The handshake begins at once. */
export type WebSocketConstructor = new (url: string, subprotocols: string[]) => WebSocketLike;
