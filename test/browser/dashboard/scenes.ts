import type { Page } from "playwright-core";
import type { Showcase } from "./showcase.ts";

/** Where scenes are played: a page that has watched the showcase from its beginning. */
export interface Stage {
  readonly page: Page;
  readonly showcase: Showcase;
  /** A token with the scope `host` alone. */
  readonly hostToken: string;
  /** Ends the gateway. */
  readonly close: () => Promise<void>;
}

/** A view of the dashboard, or a state of one. */
export interface Scene {
  readonly name: string;
  /** Brings it about, from where the scene before it ended. */
  readonly show: (stage: Stage) => Promise<void>;
}

const views = (page: Page) => page.getByRole("navigation", { name: "Views" });
const parts = (page: Page) => page.getByRole("navigation", { name: "Parts of the session" });
const results = (page: Page) => page.getByRole("region", { name: "Calls and results" });

/** Puts a source into the editor and runs it. */
async function run(page: Page, source: string): Promise<void> {
  await page.getByRole("textbox", { name: "Source of the cell" }).press("Control+A");
  await page.keyboard.press("Delete");
  await page.keyboard.insertText(source);
  await page.getByRole("button", { name: "Run" }).click();
}

const playgroundSource = `// Calls of tools are answered by hand, on the right.
const cities = ["Oslo", "Rome"];
const degrees = await Promise.all(
  cities.map((city) => tools.temperature({ city })),
);
store("degrees", degrees);
text(\`Warmest: \${Math.max(...degrees)} degrees\`);
`;

/** All of them, in an order in which each can follow the one before it. */
export const scenes: readonly Scene[] = [
  {
    name: "sessions",
    async show({ page }) {
      await views(page).getByRole("link", { name: "Sessions" }).click();
      await page.getByRole("row", { name: "suspended default librarian" }).waitFor();
    },
  },
  {
    name: "timeline",
    async show({ page, showcase }) {
      await page.goto(`${page.url().replace(/#.*/, "")}#/sessions/${showcase.sessionId}`);
      await page.getByRole("group", { name: "Time" }).getByRole("button", { name: "All" }).click();
      const closed = page.getByRole("button", { name: "Calls of cell", expanded: false });
      for (let opened = 0; opened < 3; opened++) await closed.last().click();
    },
  },
  {
    name: "cell",
    async show({ page }) {
      await page
        .getByRole("row", { name: "const svg" })
        .or(page.getByRole("row", { name: "const bars" }))
        .click();
      await page.getByRole("complementary", { name: "Cell" }).locator(".cm-editor").waitFor();
    },
  },
  {
    name: "failure",
    async show({ page }) {
      await page.getByRole("row", { name: "forecast" }).click();
      await page.getByRole("complementary", { name: "Cell" }).getByRole("region", { name: "Error" }).waitFor();
    },
  },
  {
    name: "question",
    async show({ page }) {
      await page.getByRole("row", { name: "one question is left" }).click();
      await page.getByRole("button", { name: "Terminate…" }).click();
      await page.getByRole("dialog").waitFor();
    },
  },
  {
    name: "log",
    async show({ page }) {
      await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
      await page.getByRole("button", { name: "Close the details" }).click();
      await parts(page).getByRole("link", { name: "Log" }).click();
      await page.getByRole("grid", { name: "Log" }).waitFor();
    },
  },
  {
    name: "frames",
    async show({ page }) {
      await parts(page).getByRole("link", { name: "Frames" }).click();
      await page.getByRole("row", { name: "out tool_call" }).last().click();
      await page.getByRole("complementary", { name: "Frame" }).getByRole("region", { name: "Bytes" }).waitFor();
    },
  },
  {
    name: "values",
    async show({ page }) {
      await parts(page).getByRole("link", { name: "Stored values" }).click();
      const values = page.getByRole("region", { name: "Stored values" });
      for (const key of ["interview", "weather"]) await values.getByText(key, { exact: true }).click();
      await values.getByText("Last stored by cell").nth(1).waitFor();
    },
  },
  {
    name: "metrics",
    async show({ page }) {
      await views(page).getByRole("link", { name: "Metrics" }).click();
      await page.getByRole("img", { name: /^Cells a second.*ok/ }).waitFor();
      await page.getByRole("button", { name: "1 min", exact: true }).click();
    },
  },
  {
    name: "playground",
    async show({ page }) {
      await views(page).getByRole("link", { name: "Playground" }).click();
      await page.locator(".cm-editor").waitFor();
      await run(page, 'const degrees = load("degrees");\ntext(degrees.map(String));');
      await results(page).getByText("script_error").waitFor();
      await run(page, playgroundSource);
      const calls = page.getByRole("article", { name: "Call of temperature" });
      await calls.first().getByLabel("value").fill("4");
      await calls.first().getByRole("button", { name: "Resolve" }).click();
      await calls.filter({ hasText: "Rome" }).getByLabel("value").fill("19");
    },
  },
  {
    name: "tools",
    async show({ page }) {
      await page.getByRole("button", { name: "Edit temperature" }).click();
      await page.getByRole("form", { name: "Edit temperature" }).waitFor();
      await page.getByRole("button", { name: "an error" }).click();
    },
  },
  {
    name: "trace",
    async show({ page }) {
      await views(page).getByRole("link", { name: "Trace file" }).click();
      await page.getByRole("heading", { name: "No trace is open" }).waitFor();
    },
  },
  {
    name: "sign-in",
    async show({ page }) {
      await views(page).getByRole("link", { name: "Sessions" }).click();
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.getByLabel("Token").fill("not a token");
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByRole("alert").waitFor();
    },
  },
  {
    name: "no-permission",
    async show({ page, hostToken }) {
      await page.getByLabel("Token").fill(hostToken);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByRole("heading", { name: "Your token may not watch sessions" }).waitFor();
    },
  },
  {
    name: "no-answer",
    async show({ page, hostToken, close }) {
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.getByLabel("Token").fill(hostToken);
      await close();
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByRole("alert").getByText("The gateway does not answer").waitFor();
    },
  },
];
