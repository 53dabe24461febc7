import { randomUUID } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A file of a test, gone when the test has ended. */
export class TemporaryFile {
  readonly path = join(tmpdir(), `cellgate-test-${randomUUID()}`);

  static async with(content: unknown): Promise<TemporaryFile> {
    const file = new TemporaryFile();
    onTestFinished(() => file.remove());
    await file.write(content);
    return file;
  }

  /** Text as it stands, anything else as JSON. */
  write(content: unknown): Promise<void> {
    return writeFile(this.path, typeof content === "string" ? content : JSON.stringify(content));
  }

  remove(): Promise<void> {
    return rm(this.path, { force: true });
  }
}
