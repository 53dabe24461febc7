import { on, once } from "node:events";
import { describe, expect, test } from "vitest";
import { defaultLimits } from "../../src/protocol/limits.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { opcodes, rawFrame } from "../support/raw-frame.ts";
import { below, connected, tagOf } from "./connected-socket.ts";

test("bytes of a message that is not whole yet are a sign of life", async () => {
  const heard = Promise.withResolvers<void>();
  const { client } = await connected({ heard: () => heard.resolve() });
  client.send("{", { fin: false });
  await heard.promise;
});

test("pings are answered, as many as there are", async () => {
  const { client } = await connected();
  const answers = on(client, "pong");
  for (let count = 0; count < 20; count++) client.ping(`${count}`);
  for (let count = 0; count < 20; count++) {
    const { value } = (await answers.next()) as { value: [Buffer] };
    expect(value[0].toString()).toBe(`${count}`);
  }
});

test("a message of many fragments is read, in the order in which its bytes come", async () => {
  const taken: string[] = [];
  const done = Promise.withResolvers<void>();
  const { client } = await connected({
    receive(message) {
      taken.push(tagOf(message));
      if (taken.length === 2) done.resolve();
    },
  });
  const text = '{"type":"ack","seq":7}';
  for (let at = 0; at < text.length; at++) client.send(text[at]!, { fin: at === text.length - 1 });
  client.send('{"type":"ping"}');
  await done.promise;
  expect(taken).toEqual(["ack", "ping"]);
});

describe("a message that does not come to its end", () => {
  test("closes the socket with 1009 when its time is over, whatever else is sent meanwhile", async () => {
    const clock = new FakeClock();
    let messages = 0;
    let bytes = Promise.withResolvers<void>();
    const { client, closed } = await connected(
      { heard: () => bytes.resolve(), receive: () => (messages += 1) },
      { clock },
    );
    const sent = async (data: string, fin: boolean): Promise<void> => {
      bytes = Promise.withResolvers();
      client.send(data, { fin });
      await bytes.promise;
    };
    await sent('{"type":"ping"}', true);
    clock.advance(29_000);
    await sent("{", false);
    clock.advance(29_000);
    await sent(" ", false);
    client.ping();
    expect(messages).toBe(1);
    clock.advance(1_000);
    const [code, reason] = (await once(client, "close")) as [number, Buffer];
    expect([code, reason.toString()]).toEqual([1009, "a message did not arrive whole within 30000 ms (frameMs)"]);
    await closed;
  });

  test("is not one that the gateway does not read, since the client sends too fast", async () => {
    const clock = new FakeClock();
    let messages = 0;
    const bytes = Promise.withResolvers<void>();
    const { client, socket } = await connected(
      { heard: () => bytes.resolve(), receive: () => (messages += 1) },
      { clock, limits: { ...defaultLimits, frameBytes: 1_000, framesPerSecond: 1, frameMs: 500 } },
    );
    const ping = rawFrame(opcodes.text, '{"type":"ping"}');
    const begun = rawFrame(opcodes.text, "{", { fin: false });
    below(client).write(Buffer.concat([...Array(12).fill(ping), begun]));
    await bytes.promise;
    await new Promise(setImmediate);
    clock.advance(850);
    expect(messages).toBe(10);
    expect(socket.takes).toBe(true);
    clock.advance(600);
    expect([messages, socket.takes]).toEqual([12, true]);
    clock.advance(200);
    expect(socket.takes).toBe(false);
  });

  test("is not one ping after another", async () => {
    const clock = new FakeClock();
    let bytes = Promise.withResolvers<void>();
    const { client, socket } = await connected({ heard: () => bytes.resolve() }, { clock });
    const raw = below(client);
    // Each chunk ends within a ping.
    const [head, tail] = [Buffer.from([0x89, 0x80]), Buffer.alloc(4)];
    for (const chunk of [head, ...Array.from({ length: 5 }, () => Buffer.concat([tail, head]))]) {
      bytes = Promise.withResolvers();
      raw.write(chunk);
      await bytes.promise;
      clock.advance(20_000);
    }
    expect(socket.takes).toBe(true);
  });

  test("closes the socket with 1009 when it is of too many fragments", async () => {
    const { client, closed } = await connected();
    for (let count = 0; count <= 256; count++) client.send(" ", { fin: false });
    const [code, reason] = (await once(client, "close")) as [number, Buffer];
    expect([code, reason.toString()]).toEqual([1009, "a message of more than 256 fragments (fragments)"]);
    await closed;
  });
});
