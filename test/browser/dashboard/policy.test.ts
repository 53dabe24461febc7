import { expect, test } from "vitest";
import { bundleDashboard } from "../../../client/bundle/dashboard.ts";
import { sharedGateway } from "../../support/running-gateway.ts";

const gateway = sharedGateway();

test("every file comes under a CSP without inline script, eval and foreign origins", async () => {
  const { files } = await bundleDashboard();
  const origin = `http://${new URL(gateway().url).host}`;
  for (const name of ["", ...files.keys()]) {
    const { status, headers } = await fetch(`${origin}/${name}`);
    const policy = headers.get("content-security-policy") ?? "";
    const directives = new Map(
      policy.split("; ").map((directive) => directive.split(/ (.*)/s).slice(0, 2) as [string, string]),
    );
    expect({ name, status, directives: Object.fromEntries(directives) }).toEqual({
      name,
      status: 200,
      directives: {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
      },
    });
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
  }
});

test("the page's markup has no script, style or handler of its own, and names no other origin", async () => {
  const markup = await (await fetch(`http://${new URL(gateway().url).host}/`)).text();
  expect(markup).toMatch(/<script type="module" src="dashboard-[\w-]{8}\.js"><\/script>/);
  expect(markup).not.toMatch(/<script(?![^>]* src=)|<style|\sstyle=|\son\w+=|https?:|\/\//i);
});
