import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { type OutputChunk, rolldown } from "rolldown";

/** The files of the dashboard by their names, as the gateway serves them. */
export type BundledFiles = ReadonlyMap<string, Uint8Array>;

/** What {@link bundleDashboard} made. */
export interface DashboardBundle {
  readonly files: BundledFiles;
  /** Names of what a browser loads before it can show anything: the page, its style, and the scripts that it starts with. */
  readonly first: readonly string[];
}

const root = fileURLToPath(new URL("../../", import.meta.url));
const source = `${root}client/dashboard/`;

/** Makes the dashboard of its sources: scripts with a hash of their content in their names, one style sheet, one page. */
export async function bundleDashboard(): Promise<DashboardBundle> {
  const chunks = await bundleScripts();
  const files = new Map<string, Uint8Array>();
  for (const { fileName, code } of chunks) files.set(fileName, Buffer.from(code));
  const style = await readStyle();
  const styleName = `dashboard-${hashOf(style)}.css`;
  files.set(styleName, style);
  files.set("icon.svg", await readFile(`${source}icon.svg`));
  const scripts = startingWith(chunks);
  files.set("index.html", await readPage(styleName, scripts));
  return { files, first: ["index.html", "icon.svg", styleName, ...scripts] };
}

async function bundleScripts(): Promise<OutputChunk[]> {
  const bundle = await rolldown({
    input: { dashboard: `${source}main.tsx` },
    cwd: root,
    platform: "browser",
    tsconfig: `${root}tsconfig.browser.json`,
    logLevel: "warn",
  });
  try {
    const { output } = await bundle.generate({
      format: "esm",
      minify: true,
      entryFileNames: "[name]-[hash].js",
      chunkFileNames: "[name]-[hash].js",
    });
    return output.filter((file) => file.type === "chunk");
  } finally {
    await bundle.close();
  }
}

/** The entry's script and those that it imports before it runs, which the page names so that they load at once. */
function startingWith(chunks: readonly OutputChunk[]): string[] {
  const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
  const names = new Set(chunks.filter((chunk) => chunk.isEntry).map((chunk) => chunk.fileName));
  for (const name of names) for (const imported of byName.get(name)?.imports ?? []) names.add(imported);
  return [...names];
}

/** All style sheets in the order of their names, behind that of uPlot. */
async function readStyle(): Promise<Buffer> {
  const names = (await readdir(`${source}style`)).filter((name) => name.endsWith(".css")).toSorted();
  const plots = createRequire(import.meta.url).resolve("uplot/dist/uPlot.min.css");
  const sheets = await Promise.all([plots, ...names.map((name) => `${source}style/${name}`)].map(readText));
  return Buffer.from(
    sheets
      .join("\n")
      .replace(/\/\*.*?\*\//gs, "")
      .replace(/\s*\n\s*/g, "\n"),
  );
}

async function readPage(style: string, scripts: readonly string[]): Promise<Buffer> {
  const [entry, ...others] = scripts;
  const links = [
    `<link rel="stylesheet" href="${style}" />`,
    ...others.map((name) => `<link rel="modulepreload" href="${name}" />`),
    `<script type="module" src="${entry}"></script>`,
  ];
  const page = await readText(`${source}index.html`);
  return Buffer.from(page.replace("<!-- links -->", links.join("\n    ")));
}

const readText = (path: string): Promise<string> => readFile(path, "utf8");

const hashOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("base64url").slice(0, 8);
