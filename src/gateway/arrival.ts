/** Bytes of a frame's head at least: flags, length, and the mask, which a client's frame has. */
const SHORTEST_HEAD = 2;

/**
 * Where the bytes of a socket stand, seen from outside: WebSocket libraries tell of whole messages, and not of one that
 * begins and never ends. It reads the heads of frames (RFC 6455, section 5.2) and skips what is in them.
 */
export class Arrival {
  readonly #head: number[] = [];
  /** Bytes of the frame under way that are still to come behind its head. */
  #left = 0;
  /** Frames of the message under way; 0: none is. */
  #fragments = 0;
  #mostFragments = 0;
  #messages = 0;
  #frames = 0;
  #openings = 0;
  #chunks = 0;
  #isFinal = false;
  #isControl = false;

  /** Whether a message, or a frame, has begun and not ended. */
  get isOpen(): boolean {
    return this.#fragments > 0 || this.#head.length > 0 || this.#left > 0;
  }

  /** The most frames that a message had, of those that the latest chunk was a part of. */
  get mostFragments(): number {
    return this.#mostFragments;
  }

  /** Messages that have ended. */
  get messages(): number {
    return this.#messages;
  }

  /** How often {@link isOpen} began: with a message, or with a control frame that is in none. */
  get openings(): number {
    return this.#openings;
  }

  /** Frames that have begun, whatever they are. */
  get frames(): number {
    return this.#frames;
  }

  /** Chunks since a frame ended. */
  get chunks(): number {
    return this.#chunks;
  }

  take(chunk: Uint8Array): void {
    this.#chunks += 1;
    this.#mostFragments = this.#fragments;
    for (let at = 0; at < chunk.length;) {
      if (this.#left > 0) {
        const skipped = Math.min(this.#left, chunk.length - at);
        at += skipped;
        this.#left -= skipped;
        if (this.#left === 0) this.#ended();
      } else {
        if (!this.isOpen) this.#openings += 1;
        this.#head.push(chunk[at] ?? 0);
        at += 1;
        if (this.#head.length >= SHORTEST_HEAD && this.#head.length === headLength(this.#head)) this.#began();
      }
    }
  }

  #began(): void {
    const [flags = 0] = this.#head;
    this.#isFinal = (flags & 0x80) !== 0;
    this.#isControl = (flags & 0x08) !== 0;
    this.#left = payloadLength(this.#head);
    this.#head.length = 0;
    this.#frames += 1;
    if (!this.#isControl) this.#fragments += 1;
    this.#mostFragments = Math.max(this.#mostFragments, this.#fragments);
    if (this.#left === 0) this.#ended();
  }

  #ended(): void {
    this.#chunks = 0;
    if (this.#isControl || !this.#isFinal) return;
    this.#fragments = 0;
    this.#messages += 1;
  }
}

function headLength([, second = 0]: number[]): number {
  const length = second & 0x7f;
  const extended = length === 127 ? 8 : length === 126 ? 2 : 0;
  return SHORTEST_HEAD + extended + (second & 0x80 ? 4 : 0);
}

function payloadLength(head: number[]): number {
  const length = (head[1] ?? 0) & 0x7f;
  if (length < 126) return length;
  const extended = head.slice(2, length === 126 ? 4 : 10);
  return extended.reduce((sum, byte) => sum * 256 + byte, 0);
}
