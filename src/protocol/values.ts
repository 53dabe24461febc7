/** A value that JSON can carry. The only kind of value that crosses a boundary of cellgate. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

/** What a picture is for: how closely a model should look at it. */
export type ImageDetail = "auto" | "low" | "high" | "original";

/** A piece of text that a cell put out with `text()`, or returned. */
export interface TextItem {
  type: "text";
  text: string;
  /** The item was larger than a frame: its text goes on in the next item of the same answer (rule O3). */
  more?: true | undefined;
}

/** An image that a cell put out with `image()`. */
export interface ImageItem {
  type: "image";
  /** A data URL, or an http(s) URL as the cell gave it. */
  imageUrl: string;
  detail?: ImageDetail | undefined;
  /** The item was larger than a frame: its `imageUrl` goes on in the next item of the same answer (rule O3). */
  more?: true | undefined;
}

/** One item of what a cell put out, in the order in which it did. */
export type ContentItem = TextItem | ImageItem;

/** A function tool takes any JSON value; a freeform tool takes a string. */
export type ToolKind = "function" | "freeform";

/** A tool that the host declares for its turn (rule T1). */
export interface ToolDefinition {
  /** The host's own name for it. In a cell it stands under its normalised name. */
  name: string;
  description: string;
  /** Default: `function`. */
  kind?: ToolKind | undefined;
  /** JSON Schema of the input, for whoever shows the tool to a model. Checked to be an object, and not enforced. */
  inputSchema?: { [key: string]: JsonValue } | undefined;
  /** The same of the result. */
  outputSchema?: { [key: string]: JsonValue } | undefined;
  /** Milliseconds from when a call is first written to a host until it rejects (rule T9). Default: no limit. */
  timeoutMs?: number | undefined;
}

/** Where a cell stands in its life. */
export type CellState = "queued" | "running" | "terminating" | "finished";

/** A cell as `list_cells` and `welcome` show it (rule B5). */
export interface CellStatus {
  cellId: string;
  state: CellState;
  /** Milliseconds since its `execute` was accepted. */
  ageMs: number;
  /** Tool calls that wait for an answer. */
  openCalls: number;
  /** UTF-8 bytes of content that no answer has taken yet. */
  unreadBytes: number;
  /** CPU time that it has used, an estimate (rule B2). Absent: it was not measured yet. */
  cpuMs?: number | undefined;
  /** Bytes of its heap and buffers, garbage included, as last measured. Absent: they were not. */
  heapBytes?: number | undefined;
  /** The `toolCallId` of its `execute`. */
  toolCallId?: string | undefined;
}

/** What a cell used in its life (rule B2). */
export interface CellUsage {
  /** Milliseconds from when it ran to its end. */
  wallMs: number;
  /** CPU time in milliseconds: an estimate. */
  cpuMs: number;
  /** Bytes of its heap and buffers, garbage included, as last measured. Absent: they were not. */
  heapBytes?: number | undefined;
  /** Calls of tools that it made. */
  toolCalls: number;
}
