/** The message of an error, cut to so many bytes: what it quotes of a client's frame can be as large as a frame. */
export function cutMessage(message: string, maxBytes: number): string {
  if (Buffer.byteLength(message) <= maxBytes) return message;
  // A character that was cut in two has become U+FFFD.
  const head = Buffer.from(message).toString("utf8", 0, Math.max(0, maxBytes - 3));
  return `${head.replace(/\ufffd+$/, "")}…`;
}
