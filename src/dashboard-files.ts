import { readdir, readFile } from "node:fs/promises";

/** What the bundler of the sources exports. */
interface Bundler {
  bundleDashboard(): Promise<{ readonly files: ReadonlyMap<string, Uint8Array> }>;
}

/**
 * The files of the dashboard by their names: those of the build, or, where the sources run, what the bundler makes of
 * them. Rejects where these are missing, as in an installation of the sources without development dependencies.
 */
export async function dashboardFiles(): Promise<ReadonlyMap<string, Uint8Array>> {
  if (import.meta.url.endsWith(".ts")) {
    // By a computed name, so that the bundler belongs to nothing that is published.
    const bundler = (await import(new URL("../client/bundle/dashboard.ts", import.meta.url).href)) as Bundler;
    return (await bundler.bundleDashboard()).files;
  }
  const folder = new URL("../dashboard/", import.meta.url);
  const names = await readdir(folder);
  return new Map(await Promise.all(names.map(async (name) => [name, await readFile(new URL(name, folder))] as const)));
}
