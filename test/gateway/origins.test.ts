import type { IncomingMessage } from "node:http";
import { describe, expect, test } from "vitest";
import { Origins } from "../../src/gateway/origins.ts";

const request = (headers: IncomingMessage["headers"]): IncomingMessage => ({ headers }) as IncomingMessage;
const wrongHost = "expected a Host of loopback, or that of an allowed origin (origins)";
const wrongOrigin = "pages of this origin may not connect (origins)";

describe("on loopback", () => {
  const origins = new Origins({ allowed: ["https://cells.example"], isLoopback: true });

  test.each<[string | undefined, string | undefined, string | undefined]>([
    // no page: the Host alone counts
    [undefined, undefined, undefined],
    ["127.0.0.1:8080", undefined, undefined],
    ["localhost:8080", undefined, undefined],
    ["LOCALHOST", undefined, undefined],
    ["[::1]:8080", undefined, undefined],
    ["127.8.9.10", undefined, undefined],
    ["cells.example", undefined, undefined],
    ["evil.example", undefined, wrongHost],
    ["127.0.0.1.evil.example:8080", undefined, wrongHost],
    ["localhost.evil.example", undefined, wrongHost],
    ["192.168.1.1:8080", undefined, wrongHost],
    ["", undefined, wrongHost],
    ["a b", undefined, wrongHost],
    // a page
    ["127.0.0.1:8080", "http://127.0.0.1:8080", undefined],
    ["127.0.0.1:8080", "http://localhost:5173", undefined],
    ["127.0.0.1:8080", "http://app.localhost", undefined],
    ["127.0.0.1:8080", "https://cells.example", undefined],
    ["cells.example", "https://cells.example", undefined],
    ["127.0.0.1:8080", "http://cells.example", wrongOrigin],
    ["127.0.0.1:8080", "https://cells.example:8443", wrongOrigin],
    ["127.0.0.1:8080", "https://evil.example", wrongOrigin],
    ["127.0.0.1:8080", "http://127.0.0.1.evil.example", wrongOrigin],
    ["127.0.0.1:8080", "null", wrongOrigin],
    ["127.0.0.1:8080", "", wrongOrigin],
    // DNS rebinding: to the browser it is the same origin
    ["evil.example:8080", "http://evil.example:8080", wrongHost],
  ])("Host %j, Origin %j: %j", (host, origin, problem) => {
    expect(origins.problemOf(request({ host, origin }))).toBe(problem);
  });
});

describe("beyond loopback", () => {
  const origins = new Origins({ allowed: ["https://app.example", "null"], isLoopback: false });

  test.each<[string, string | undefined, string | undefined]>([
    ["cells.example", undefined, undefined],
    ["10.0.0.7:8080", undefined, undefined],
    // a proxy in front speaks TLS, and the gateway does not
    ["cells.example", "https://cells.example", undefined],
    ["cells.example:8443", "https://cells.example:8443", undefined],
    ["cells.example", "https://app.example", undefined],
    ["cells.example", "null", undefined],
    ["cells.example", "https://app.example.evil.example", wrongOrigin],
    ["cells.example", "https://cells.example:8443", wrongOrigin],
    ["cells.example", "http://localhost:5173", wrongOrigin],
    ["cells.example", "file:///cells.example", wrongOrigin],
  ])("Host %j, Origin %j: %j", (host, origin, problem) => {
    expect(origins.problemOf(request({ host, origin }))).toBe(problem);
  });
});

test("with * every page may connect, under every name", () => {
  const origins = new Origins({ allowed: ["*"], isLoopback: true });
  for (const origin of ["https://anything.example", "null", undefined]) {
    expect(origins.problemOf(request({ host: "anything.example", origin }))).toBeUndefined();
  }
});
