import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { extname } from "node:path";
import { gzipSync } from "node:zlib";

/** Files by their names. A name with a hash of the content in it, as in `page-Zk3_x9aQ.js`, never has other content. */
export type Files = ReadonlyMap<string, Uint8Array>;

/** What is answered for a file. */
export interface FileAnswer {
  readonly status: 200 | 304;
  readonly body: Uint8Array;
  readonly headers: { readonly [name: string]: string };
}

interface StaticFile {
  readonly plain: Uint8Array;
  readonly zipped: Uint8Array;
  readonly headers: { readonly [name: string]: string };
}

const mediaTypes: { readonly [extension: string]: string } = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/**
 * What a page may do: run its own scripts and styles, none of which stand in its markup, and connect to this gateway. It
 * asks no other origin for anything; images come in data URLs.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const hashed = /-[\w-]{8}\.\w+$/;

/** With a weight of 0 it is named in order to be refused. */
const takesGzip = /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/i;

/** The files of a page, which are read once, when the first is asked for. What is no name of one of them is no file. */
export class StaticFiles {
  readonly #read: () => Promise<Files>;
  #files: Promise<ReadonlyMap<string, StaticFile>> | undefined;

  /** `read` may reject; then it is tried again with the next request. */
  constructor(read: () => Promise<Files>) {
    this.#read = read;
  }

  /** The answer for the file with this name; undefined where there is none. Rejects where the files cannot be read. */
  async answer(name: string, { headers }: IncomingMessage): Promise<FileAnswer | undefined> {
    const file = (await this.#all()).get(name);
    if (!file) return undefined;
    const known = headers["if-none-match"]
      ?.split(",")
      .some((tag) => tag.trim().replace(/^W\//, "") === file.headers.ETag);
    if (known) return { status: 304, body: Buffer.alloc(0), headers: file.headers };
    if (!takesGzip.test(headers["accept-encoding"] ?? ""))
      return { status: 200, body: file.plain, headers: file.headers };
    return { status: 200, body: file.zipped, headers: { ...file.headers, "Content-Encoding": "gzip" } };
  }

  #all(): Promise<ReadonlyMap<string, StaticFile>> {
    const files = (this.#files ??= this.#read().then(prepare));
    files.catch(() => {
      this.#files = undefined;
    });
    return files;
  }
}

function prepare(files: Files): ReadonlyMap<string, StaticFile> {
  return new Map(Array.from(files, ([name, plain]) => [name, prepareFile(name, plain)]));
}

function prepareFile(name: string, plain: Uint8Array): StaticFile {
  const headers = {
    "Content-Type": mediaTypes[extname(name)] ?? "application/octet-stream",
    "Cache-Control": hashed.test(name) ? "public, max-age=31536000, immutable" : "no-cache",
    ETag: `"${createHash("sha256").update(plain).digest("base64url")}"`,
    Vary: "Accept-Encoding",
    "Content-Security-Policy": policy,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
  };
  return { plain, zipped: gzipSync(plain), headers };
}
