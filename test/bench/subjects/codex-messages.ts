/** What codex-code-mode-host sends, as far as the benchmark reads it. */
export type CodexMessage =
  | { readonly type: "connection/ready" | "connection/rejected" | "delegate/cancel" | "cell/closed" }
  | { readonly type: "operation/response"; readonly id: number; readonly result: CodexResult<{ type: string }> }
  | { readonly type: "execute/initialResponse"; readonly id: number; readonly result: CodexResult<CodexCellAnswer> }
  | {
      readonly type: "delegate/request";
      readonly id: number;
      readonly request:
        | { readonly type: "notification/send" }
        | {
            readonly type: "tool/invoke";
            readonly invocation: { readonly tool_name: { readonly name: string }; readonly input: unknown };
          };
    };

export interface CodexResult<Value> {
  readonly status: "ok" | "error";
  readonly value?: Value;
  readonly message?: string;
}

/** One of the two is there. */
export interface CodexCellAnswer {
  readonly Result?: {
    readonly content_items: readonly { readonly text?: string }[];
    readonly error_text: string | null;
  };
  readonly Yielded?: { readonly cell_id: string };
}
