import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

/** The client as one file that a page can load as it is. */
export interface ClientBundle {
  readonly code: string;
  readonly sourceMap: string;
  /** What it gives to those who import it. */
  readonly exports: readonly string[];
  /** What it imports from elsewhere. */
  readonly imports: readonly string[];
}

const root = fileURLToPath(new URL("../../", import.meta.url));

/** All of the client; or what is left of it for a page that has this text, a file of the client's folder, for its script. */
export async function bundleClient(script = 'export * from "./index.ts";'): Promise<ClientBundle> {
  const entry = `${root}client/cellgate.ts`;
  const bundle = await rolldown({
    input: { cellgate: entry },
    cwd: root,
    platform: "browser",
    tsconfig: `${root}tsconfig.browser.json`,
    logLevel: "warn",
    plugins: [
      {
        name: "entry",
        resolveId: (name) => (name === entry ? entry : null),
        load: (name) => (name === entry ? script : null),
      },
    ],
  });
  try {
    const banner = `/*! ${await title()} */`;
    const { output } = await bundle.generate({
      format: "esm",
      minify: true,
      sourcemap: true,
      banner,
      file: "cellgate.js",
    });
    const [{ code, map, exports, imports, dynamicImports }] = output;
    return { code, sourceMap: String(map), exports, imports: [...imports, ...dynamicImports] };
  } finally {
    await bundle.close();
  }
}

/** Name, version and license of the package. */
async function title(): Promise<string> {
  const manifest = JSON.parse(await readFile(`${root}package.json`, "utf8")) as Record<string, string>;
  return `${manifest["name"]} ${manifest["version"]}, ${manifest["license"]}`;
}
