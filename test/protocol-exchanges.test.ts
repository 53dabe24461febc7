import { on, once } from "node:events";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { type RunningGateway, startGateway } from "../src/index.ts";
import type { CellStatus, CellUsage } from "../src/protocol/values.ts";
import { blocks, protocol, section } from "./protocol-document.ts";

/**
 * A line of a worked exchange: a frame of the client or of the gateway (`⇠`: one that is lost), one of an observer or for
 * it (`⇒`, `⇐`), a close, or a cut.
 */
interface Step {
  readonly mark: string;
  readonly text: string;
}

function stepsOf(document: string, heading: string): Step[] {
  const lines = blocks(section(document, heading), "text").join("").replace(/\n +/g, " ").trim().split("\n");
  return lines.map((line) => ({ mark: line.slice(0, 1), text: line.slice(2) }));
}

/** Ids are new in each run. What the document calls by one stands for what the gateway calls so this time. */
class Ids {
  readonly #real = new Map<string, string>();

  translate(text: string): string {
    return Array.from(this.#real).reduce((result, [said, real]) => result.replaceAll(said, real), text);
  }

  learn(said: object, real: object): void {
    for (const [key, name] of Object.entries(said)) {
      const value = (real as { [key: string]: unknown })[key];
      const isId = ["sessionId", "sessionToken", "cellId"].includes(key);
      if (isId && typeof name === "string" && typeof value === "string") this.#real.set(name, value);
      if (isObject(name) && isObject(value)) this.learn(name, value);
    }
  }
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/** What is another in each run. */
const changing = ["ageMs", "version", "wallMs", "cpuMs", "atMs", "nowMs", "openedAtMs", "queuedMs"];
const changingSizes = ["bytes", "sizeBytes", "receivedBytes", "sentBytes"];

/** Ages, times, sizes and versions may be any; how much a cell used is there once it was measured. */
const comparable = (text: string): unknown =>
  JSON.parse(text, (key, value: unknown) => {
    if (changing.includes(key) || changingSizes.includes(key)) return typeof value;
    if (key === "usage") return { ...(value as CellUsage), heapBytes: "any" };
    if (key === "cells" && Array.isArray(value)) {
      return (value as CellStatus[]).map((cell) => ({ ...cell, cpuMs: "any", heapBytes: "any" }));
    }
    return value;
  });

describe("the worked exchanges of protocol.md", () => {
  let gateway: RunningGateway;

  beforeAll(async () => {
    gateway = await startGateway({ executors: 1 });
  });

  afterAll(() => gateway.close());

  const connect = async ({ url, token } = gateway) => {
    const headers = { authorization: `Bearer ${token}` };
    const socket = new WebSocket(url, ["cellgate.v1.json"], { headers });
    const messages = on(socket, "message");
    const closed = once(socket, "close");
    await once(socket, "open");
    return { socket, messages, closed };
  };

  test("happen as they are written, from the first frame to the close", async () => {
    const steps = stepsOf(protocol, "## Worked exchanges");
    expect(steps.length).toBeGreaterThan(50);
    const ids = new Ids();
    let turn = await connect();
    for (const { mark, text } of steps) {
      if (mark === "→") turn.socket.send(ids.translate(text));
      else if (mark === "←" || mark === "⇠") {
        const { value } = await turn.messages.next();
        const message = String(value?.[0]);
        ids.learn(JSON.parse(text), JSON.parse(message));
        expect(comparable(message)).toEqual(comparable(ids.translate(text)));
      } else if (mark === "✂") {
        turn.socket.terminate();
        turn = await connect();
      } else {
        const [code, reason] = await turn.closed;
        expect(`${mark} ${code} ${reason}`).toBe(`× ${text}`);
      }
    }
  });

  test("happen for an observer as they are written, in whichever portions its events come", async () => {
    const own = await startGateway({ executors: 1 });
    onTestFinished(() => own.close());
    const [host, observer] = [await connect(own), await connect(own)];
    host.socket.send(JSON.stringify({ type: "hello", client: { name: "example", version: "1.0.0" } }));
    await host.messages.next();
    const next = async () => JSON.parse(String((await observer.messages.next()).value?.[0]));
    const ids = new Ids();
    const steps = stepsOf(protocol, "### An observed session");
    expect(steps.length).toBeGreaterThan(10);
    for (const { mark, text } of steps) {
      if (mark === "⇒") observer.socket.send(ids.translate(text));
      else if (mark === "→") host.socket.send(ids.translate(text));
      else {
        const said = JSON.parse(text);
        const real = await next();
        while (real.events?.length < said.events?.length) real.events.push(...(await next()).events);
        ids.learn(said, real);
        expect(comparable(JSON.stringify(real))).toEqual(comparable(ids.translate(text)));
      }
    }
  });
});
