import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { StaticFiles } from "../../src/gateway/static-files.ts";
import { rawRequest } from "../support/raw-request.ts";
import { sharedGateway } from "../support/running-gateway.ts";

const files = (contents: Record<string, string>) =>
  new Map(Object.entries(contents).map(([name, text]) => [name, Buffer.from(text)]));

const page = new StaticFiles(() => Promise.resolve(files({ "index.html": "<p>", "page-Zk3_x-aQ.js": "run()" })));

const ask = (name: string, headers: Record<string, string> = {}, from = page) =>
  from.answer(name, { headers } as Parameters<StaticFiles["answer"]>[1]);

describe("a static file", () => {
  test("has the media type of its name", async () => {
    expect((await ask("index.html"))?.headers["Content-Type"]).toBe("text/html; charset=utf-8");
    expect((await ask("page-Zk3_x-aQ.js"))?.headers["Content-Type"]).toBe("text/javascript; charset=utf-8");
  });

  test("is kept for good where its name has the hash of its content, and asked for again where not", async () => {
    expect((await ask("page-Zk3_x-aQ.js"))?.headers["Cache-Control"]).toBe("public, max-age=31536000, immutable");
    expect((await ask("index.html"))?.headers["Cache-Control"]).toBe("no-cache");
  });

  test("is not sent to who has it already", async () => {
    const tag = (await ask("index.html"))!.headers.ETag!;
    expect(await ask("index.html", { "if-none-match": `"other", W/${tag}` })).toMatchObject({ status: 304 });
    expect(await ask("index.html", { "if-none-match": '"other"' })).toMatchObject({ status: 200 });
  });

  test("is zipped for who takes that", async () => {
    const zipped = await ask("page-Zk3_x-aQ.js", { "accept-encoding": "br, gzip;q=0.8" });
    expect(zipped?.headers["Content-Encoding"]).toBe("gzip");
    expect(gunzipSync(zipped!.body).toString()).toBe("run()");
    for (const refusal of [{}, { "accept-encoding": "br, gzip;q=0" }, { "accept-encoding": "gzip; q=0.00, br" }]) {
      expect((await ask("page-Zk3_x-aQ.js", refusal))?.headers).not.toHaveProperty("Content-Encoding");
    }
  });

  test.each(["", "/index.html", "../index.html", "..", "constructor", "INDEX.HTML", "index.html\0"])(
    "is known by its name alone, and %j is none",
    async (name) => {
      expect(await ask(name)).toBeUndefined();
    },
  );

  test("is read once, and again after that failed", async () => {
    let reads = 0;
    const flaky = new StaticFiles(async () => {
      reads += 1;
      if (reads === 1) throw new Error("not there yet");
      return files({ "index.html": "<p>" });
    });
    await expect(ask("index.html", {}, flaky)).rejects.toThrow("not there yet");
    await Promise.all([ask("index.html", {}, flaky), ask("index.html", {}, flaky), ask("none", {}, flaky)]);
    expect(reads).toBe(2);
  });
});

describe("the dashboard", () => {
  const gateway = sharedGateway();
  const get = (target: string, method = "GET") => rawRequest(gateway().url, `${method} ${target} HTTP/1.0\r\n\r\n`);

  test("is served at /, with the files that its page names", async () => {
    const { status, body } = await get("/");
    expect(status).toBe(200);
    const names = Array.from(body.matchAll(/(?:src|href)="([^"]+)"/g), ([, name]) => name!);
    expect(names.some((name) => name.endsWith(".js")) && names.some((name) => name.endsWith(".css"))).toBe(true);
    for (const name of names) expect([name, (await get(`/${name}`)).status]).toEqual([name, 200]);
  });

  test("runs nothing that stands in its markup, and asks no other origin", async () => {
    const { headers, body } = await get("/");
    const policy = headers.get("content-security-policy")!.split("; ");
    expect(policy).toEqual(
      expect.arrayContaining(["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'"]),
    );
    expect(policy.join()).not.toMatch(/unsafe|https?:|\*/);
    expect(body).not.toMatch(/<script>|<style|style="|https?:/);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  });

  test("HEAD is answered with the length alone", async () => {
    const [head, whole] = [await get("/", "HEAD"), await get("/")];
    expect(head).toMatchObject({ status: 200, body: "" });
    expect(head.headers.get("content-length")).toBe(String(Buffer.byteLength(whole.body, "latin1")));
  });

  test("POST is answered 405", async () => {
    expect(await get("/", "POST")).toMatchObject({ status: 405, body: "expected GET\n" });
  });

  test.each([
    "/../package.json",
    "/..%2fpackage.json",
    "/%2e%2e/package.json",
    "/dashboard/index.html",
    "/style/base.css",
  ])("%s is not there", async (target) => {
    expect(await get(target)).toMatchObject({ status: 404 });
  });
});
