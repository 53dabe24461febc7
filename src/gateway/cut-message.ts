/** A message, cut to so many bytes: what an error quotes of a frame can be as large as a frame itself. */
export function cutMessage(message: string, maxBytes: number): string {
  if (Buffer.byteLength(message) <= maxBytes) return message;
  // A character that was cut in two has become U+FFFD.
  const head = Buffer.from(message).toString("utf8", 0, Math.max(0, maxBytes - 3));
  return `${head.replace(/\ufffd+$/, "")}…`;
}
