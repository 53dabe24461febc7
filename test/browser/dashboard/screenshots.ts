import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { startGateway } from "../../../src/index.ts";
import { ChromiumProcess } from "../../support/chromium-process.ts";
import { scenes } from "./scenes.ts";
import { jwtSecret, scopedToken } from "./scoped-token.ts";
import { Showcase } from "./showcase.ts";

/**
 * `npm run screenshots`: pictures of the dashboard with live agents. Those that the README shows, into `docs/images/`; or,
 * with a folder, all there are: every view, light and dark, in a wide window and in a narrow one.
 */

const widths = [1440, 800];
const schemes = ["light", "dark"] as const;
const shown = ["timeline-light-1440", "playground-dark-1440"];

const [folder] = process.argv.slice(2);
const target = folder ?? fileURLToPath(new URL("../../../docs/images/", import.meta.url));
await mkdir(target, { recursive: true });
const gateway = await startGateway({ jwtSecret, executors: 2 });
const chromium = await ChromiumProcess.launch();
try {
  const page = await (await chromium.context({ viewport: { width: 1440, height: 900 } })).newPage();
  const showcase = await Showcase.open(gateway, 1);
  await page.goto(`http://${new URL(gateway.url).host}/#token=${gateway.token}`);
  await page.getByRole("grid", { name: "Sessions" }).waitFor();
  await page.goto(`${page.url().replace(/#.*/, "")}#/sessions/${showcase.sessionId}`);
  await page.getByRole("heading", { name: "No cells yet" }).waitFor();
  await showcase.play();
  const stage = { page, showcase, hostToken: scopedToken("host"), close: () => gateway.close() };
  for (const { name, show } of scenes) {
    await show(stage);
    await shoot(page, name);
  }
  await showcase.close();
} finally {
  await chromium.close();
  await gateway.close();
}

/** Plots are drawn anew when the colours change, some frames later. */
function drawn(page: Page): Promise<unknown> {
  const nextFrame = "await new Promise(requestAnimationFrame);";
  return page.evaluate(`(async () => { ${nextFrame.repeat(10)} })()`);
}

async function shoot(page: Page, name: string): Promise<void> {
  // To where nothing is pointed at.
  await page.mouse.move(0, 0);
  for (const width of widths) {
    for (const colorScheme of schemes) {
      const file = `${name}-${colorScheme}-${width}`;
      if (folder === undefined && !shown.includes(file)) continue;
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      await drawn(page);
      await page.screenshot({ path: join(target, `${file}.png`), animations: "disabled" });
    }
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.emulateMedia({ colorScheme: "light" });
}
