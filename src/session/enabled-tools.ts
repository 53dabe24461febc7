import type { CellTool } from "../executor/executor.ts";
import type { ExecuteFrame } from "../protocol/client-frames.ts";
import type { ToolDefinition } from "../protocol/values.ts";
import { toolIdentifier } from "../tools/tool-identifier.ts";
import type { ToolSet } from "../tools/tool-set.ts";
import { RequestFailure } from "./request-failure.ts";

/** The tools of a cell by their normalised names (rule T1). Throws {@link RequestFailure} for one that is not declared. */
export function enabledTools({ tools: names }: ExecuteFrame, declared: ToolSet): Map<string, ToolDefinition> {
  const missing = declared.missing(names ?? []);
  if (missing.length > 0) {
    const list = missing.map((name) => JSON.stringify(name)).join(", ");
    throw new RequestFailure("unknown_tool", `execute.tools: expected names of declared tools, got ${list}`);
  }
  const enabled = names === undefined ? declared : declared.narrowed(names);
  return new Map(enabled.list().map((tool) => [toolIdentifier(tool.name), tool]));
}

/** What a cell knows of a tool. */
export function cellTool([identifier, { description, kind = "function" }]: [string, ToolDefinition]): CellTool {
  return { identifier, description, kind };
}
