import { readFile } from "node:fs/promises";
import type { LoadResult } from "./result.ts";

/** A file is not the result of a load. */
export class ResultFileError extends Error {
  override readonly name = "ResultFileError";
}

/** Reads what `--json` wrote. Rejects with {@link ResultFileError}. */
export async function readResult(path: string): Promise<LoadResult> {
  const value = await readFile(path, "utf8")
    .then((text) => JSON.parse(text) as unknown)
    .catch((cause: unknown) => {
      throw new ResultFileError(`${path}: ${(cause as Error).message}`, { cause });
    });
  const { type, version } = (typeof value === "object" && value !== null ? value : {}) as Partial<LoadResult>;
  if (type === "cellgate.load" && version === 1) return value as LoadResult;
  throw new ResultFileError(`${path}: expected the result of a load (--json), version 1, got something else`);
}
