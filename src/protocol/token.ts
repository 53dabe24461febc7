/** What {@link isToken} wants. */
export const expectedToken = "expected at least 16 characters of ASCII without spaces";

/** Whether it can be a token: one of other characters would not survive in a header. */
export function isToken(text: string): boolean {
  return /^[!-~]{16,}$/.test(text);
}
