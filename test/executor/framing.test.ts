import { Duplex } from "node:stream";
import { describe, expect, test } from "vitest";
import { Framing } from "../../src/executor/framing.ts";
import type { Utf8Text } from "../../src/protocol/utf8-text.ts";

/** A stream whose both ends are the test's: what is written is kept, what is fed is read. */
class Wire extends Duplex {
  readonly written: Buffer[] = [];
  /** Set, writes are not taken until it is called. */
  release: (() => void) | undefined;
  holds = false;

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.written.push(chunk);
    if (this.holds) this.release = done;
    else done();
  }

  feed(bytes: Buffer): void {
    this.emit("data", bytes);
  }
}

/** As a socket makes them: in memory of its own. */
const chunkOf = (bytes: Buffer): Buffer => Buffer.from(Uint8Array.from(bytes).buffer);

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** The bytes of some messages, as a sender makes them. */
async function bytesOf(...messages: unknown[]): Promise<Buffer> {
  const wire = new Wire();
  const framing = new Framing<never, unknown>(wire, () => {});
  for (const message of messages) framing.send(message);
  await turn();
  await turn();
  return Buffer.concat(wire.written);
}

function reader(): { wire: Wire; received: unknown[] } {
  const wire = new Wire();
  const received: unknown[] = [];
  void new Framing<unknown, never>(wire, (message) => received.push(message));
  return { wire, received };
}

const messages = [{ type: "ready" }, "žluťoučký 🐴", [], { deep: [[[{ a: null }]]] }, 0];

describe("framing", () => {
  test("a message is two lengths as unsigned 32-bit integers, big-endian, its JSON and its text", async () => {
    const bytes = await bytesOf({ a: "é" });
    expect(bytes.subarray(0, 8)).toEqual(Buffer.from([0, 0, 0, 10, 0, 0, 0, 0]));
    expect(bytes.subarray(8).toString()).toBe('{"a":"é"}');
  });

  test.each(["a", '"quoted"\n', "žluťoučký 🐴", "x".repeat(1_000_000), "é".repeat(1_000_000)])(
    "a text travels beside its message (%#)",
    async (text) => {
      const wire = new Wire();
      const framing = new Framing<never, unknown>(wire, () => {});
      framing.send({ before: 1 });
      framing.send({ with: 1 }, text);
      framing.send({ after: 1 });
      await turn();
      const bytes = Buffer.concat(wire.written);
      for (const size of [bytes.length, 65_536, 7_001]) {
        const received: unknown[] = [];
        const other = new Wire();
        void new Framing<unknown, never>(other, (message, beside) => received.push(message, beside?.toString()));
        for (let at = 0; at < bytes.length; at += size) other.feed(chunkOf(bytes.subarray(at, at + size)));
        expect(received).toEqual([{ before: 1 }, undefined, { with: 1 }, text, { after: 1 }, undefined]);
      }
    },
  );

  test("a text is in memory of its own, that of a message in pieces in what it was given", async () => {
    const wire = new Wire();
    const framing = new Framing<never, unknown>(wire, () => {});
    const text = "žluťoučký ".repeat(3_000);
    framing.send("a", text);
    await turn();
    const bytes = Buffer.concat(wire.written);
    for (const size of [bytes.length, 20_000]) {
      const asked: number[] = [];
      let beside: Utf8Text | undefined;
      const other = new Wire();
      void new Framing<unknown, never>(
        other,
        (_, its) => (beside = its),
        (length) => {
          asked.push(length);
          return new Uint8Array(length);
        },
      );
      const chunks = [bytes.subarray(0, size), bytes.subarray(size)].map(chunkOf);
      for (const chunk of chunks) other.feed(chunk);
      expect(chunks.map(({ length }) => length)).toEqual([0, 0]);
      expect(beside?.toString()).toBe(text);
      expect(asked).toEqual(size < bytes.length ? [bytes.length] : []);
    }
  });

  test("the memory of large chunks is given back at once, and only where it is that of the chunk alone", async () => {
    const { wire, received } = reader();
    const bytes = await bytesOf("x".repeat(100_000));
    const own = chunkOf(bytes.subarray(0, 40_000));
    const large = Buffer.from(Uint8Array.from(bytes).buffer);
    wire.feed(own);
    wire.feed(large.subarray(40_000));
    expect(received).toEqual(["x".repeat(100_000)]);
    expect([own.length, large.length]).toEqual([0, bytes.length]);
  });

  test("lengths that are cut by the end of a large chunk outlive its memory", async () => {
    const before = await bytesOf("x".repeat(20_000));
    const behind = await bytesOf("behind");
    for (let cut = 1; cut < 8; cut++) {
      const { wire, received } = reader();
      const chunk = chunkOf(Buffer.concat([before, behind.subarray(0, cut)]));
      wire.feed(chunk);
      expect(chunk).toHaveLength(0);
      wire.feed(behind.subarray(cut));
      expect(received).toEqual(["x".repeat(20_000), "behind"]);
    }
  });

  test("messages arrive whole and in order however their bytes are split", async () => {
    const bytes = await bytesOf(...messages);
    for (let first = 0; first <= bytes.length; first++) {
      const { wire, received } = reader();
      const second = first + Math.ceil((bytes.length - first) / 2);
      wire.feed(bytes.subarray(0, first));
      wire.feed(bytes.subarray(first, second));
      wire.feed(bytes.subarray(second));
      expect(received).toEqual(messages);
    }
  });

  test("messages arrive byte by byte", async () => {
    const { wire, received } = reader();
    for (const byte of await bytesOf(...messages)) wire.feed(Buffer.of(byte));
    expect(received).toEqual(messages);
  });

  test("ten thousand messages arrive in one chunk", async () => {
    const many = Array.from({ length: 10_000 }, (_, index) => ({ index }));
    const { wire, received } = reader();
    wire.feed(await bytesOf(...many));
    expect(received).toEqual(many);
  });

  test("a message of 20 MB in small chunks arrives in a time that grows with its length and not its square", async () => {
    const large = { text: "x".repeat(20_000_000) };
    const bytes = await bytesOf(large, "after");
    const { wire, received } = reader();
    const startedAt = performance.now();
    for (let at = 0; at < bytes.length; at += 4_096) wire.feed(bytes.subarray(at, at + 4_096));
    // Joining at each of the 5,000 chunks would copy 50 GB.
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(received).toEqual([large, "after"]);
  });

  test("messages of one callback of the event loop travel in one write", async () => {
    const wire = new Wire();
    const framing = new Framing<never, unknown>(wire, () => {});
    for (const message of messages) framing.send(message);
    expect(wire.written).toHaveLength(0);
    await turn();
    framing.send("later");
    await turn();
    expect(wire.written).toHaveLength(2);
  });

  test("what was sent and not taken counts as unsent", async () => {
    const wire = new Wire();
    wire.holds = true;
    const framing = new Framing<never, unknown>(wire, () => {});
    expect(framing.unsentBytes).toBe(0);
    framing.send("ab");
    expect(framing.unsentBytes).toBe(12);
    await turn();
    framing.send("ab");
    expect(framing.unsentBytes).toBe(24);
    await turn();
    wire.holds = false;
    wire.release?.();
    await turn();
    expect(framing.unsentBytes).toBe(0);
  });

  test("a message sent to a stream that is closed is dropped", async () => {
    const wire = new Wire();
    const framing = new Framing<never, unknown>(wire, () => {});
    wire.destroy();
    framing.send("late");
    await turn();
    expect(wire.written).toHaveLength(0);
  });

  test("a text that is a small part of its message, or came with others, keeps no memory but its own", async () => {
    const wire = new Wire();
    const framing = new Framing<never, unknown>(wire, () => {});
    framing.send("x".repeat(200_000), "short");
    framing.send("a", "some text");
    await turn();
    const bytes = Buffer.concat(wire.written);
    const kept: number[] = [];
    const other = new Wire();
    void new Framing<unknown, never>(other, (_, beside) => kept.push(beside?.bytes.buffer.byteLength ?? 0));
    for (let at = 0; at < bytes.length; at += 65_536) other.feed(chunkOf(bytes.subarray(at, at + 65_536)));
    expect(kept).toEqual([5, 9]);
  });

  test("a text that is no UTF-8 ends the stream", async () => {
    const { wire, received } = reader();
    const failed = new Promise<Error>((resolve) => wire.once("error", resolve));
    wire.feed(Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 0x31, 0xff]));
    expect((await failed).message).toBe("a text that is no UTF-8");
    expect(received).toEqual([]);
  });

  test.each([
    ["of 4 GB", Buffer.from([255, 255, 255, 255, 0, 0, 0, 0]), /a message of 4294967303 bytes/],
    ["with a text of 4 GB", Buffer.from([0, 0, 0, 0, 255, 255, 255, 255]), /a message of 4294967303 bytes/],
    ["that is no JSON", Buffer.from([0, 0, 0, 1, 0, 0, 0, 0, 0x7b]), /JSON/],
    ["of no bytes", Buffer.alloc(8), /JSON/],
  ])("a message %s ends the stream", async (_, bytes, problem) => {
    const { wire, received } = reader();
    const failed = new Promise<Error>((resolve) => wire.once("error", resolve));
    wire.feed(bytes);
    expect((await failed).message).toMatch(problem);
    expect(wire.destroyed).toBe(true);
    expect(received).toEqual([]);
  });

  test("an error of the receiver ends the stream and goes no further", async () => {
    const wire = new Wire();
    void new Framing<unknown, never>(wire, () => {
      throw new Error("not understood");
    });
    const failed = new Promise<Error>((resolve) => wire.once("error", resolve));
    wire.feed(await bytesOf("any"));
    expect((await failed).message).toBe("not understood");
  });
});
