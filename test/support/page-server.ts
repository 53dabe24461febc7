import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname } from "node:path";
import { onTestFinished } from "vitest";

/**
 * Nothing but files of the page's own origin, and sockets: no inline script, no `eval`, no `new Function`, no `blob:` or
 * `data:` URL.
 */
const strictPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "connect-src ws://127.0.0.1:*",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

const types: Record<string, string> = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };

/** Files by their paths, as `/index.html`. */
export type PageFiles = { readonly [path: string]: string };

/** Serves static files under a strict CSP, on a port of its own until the test has ended. Resolves with its origin. */
export async function pageServer(files: PageFiles): Promise<string> {
  const server = createServer((request, response) => {
    const path = request.url === "/" ? "/index.html" : (request.url ?? "");
    const body = Object.hasOwn(files, path) ? files[path] : undefined;
    response.setHeader("content-security-policy", strictPolicy);
    response.setHeader("content-type", `${types[extname(path)] ?? "text/plain"}; charset=utf-8`);
    response.writeHead(body === undefined ? 404 : 200).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
