/** A message that does not decode, or a frame that does not encode. Its message says what was expected and what came. */
export class CodecError extends Error {
  override readonly name = "CodecError";
}
