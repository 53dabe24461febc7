import type { BrowserContextOptions, Page } from "playwright-core";
import { expect, onTestFinished } from "vitest";
import type { RunningGateway } from "../../../src/index.ts";
import type { TestBrowser } from "../../support/chromium.ts";

/** How {@link openDashboard} opens it. */
interface OpenOptions extends BrowserContextOptions {
  /** Signs in with it, as the printed link does. Default: the gateway's; `none`: it is not signed in. */
  readonly token?: string | undefined;
  /** What the page shows at first, such as `#/metrics`. */
  readonly route?: string | undefined;
  /** Whether the gateway is out of reach for a while, which the browser tells the console. Default: false. */
  readonly isCut?: boolean | undefined;
}

/**
 * Opens the dashboard of a gateway. The test fails if the page told the console of an error, left one unhandled, asked
 * anybody but its gateway for anything, or had a token in an address that it asked for.
 */
export async function openDashboard(
  browser: TestBrowser,
  gateway: Pick<RunningGateway, "url" | "token">,
  { token = gateway.token, route = "#/sessions", isCut = false, ...options }: OpenOptions = {},
): Promise<Page> {
  const page = await browser.page(options);
  const { host } = new URL(gateway.url);
  const wrong: string[] = [];
  const asked = (address: string) => {
    const { protocol, host: other, search } = new URL(address);
    const isOwn = host === other || protocol === "data:" || protocol === "blob:";
    if (!isOwn || search !== "") wrong.push(`asked for ${address}`);
  };
  page.on("request", (request) => asked(request.url()));
  page.on("websocket", (socket) => asked(socket.url()));
  page.on("console", (message) => {
    if (isCut && /^WebSocket connection to|net::ERR_(INTERNET_DISCONNECTED|CONNECTION_REFUSED)$/.test(message.text()))
      return;
    if (message.type() === "error" || message.type() === "warning") wrong.push(message.text());
  });
  page.on("pageerror", (error) => void wrong.push(String(error)));
  onTestFinished(() => expect(wrong).toEqual([]));
  await page.goto(`http://${host}/${token === "none" ? "" : `#token=${token}`}`);
  if (token === "none") return page;
  await page.getByRole("button", { name: "Sign out" }).waitFor();
  if (route !== "#/sessions") await page.goto(`http://${host}/${route}`);
  return page;
}
