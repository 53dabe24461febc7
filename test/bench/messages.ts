/** What the benchmark asks of a driver. One at a time; each is answered once. */
export type Order =
  | {
      readonly type: "open";
      readonly subject: string;
      readonly folder: string;
      /** No-ops that are run before the answer, one at least: that the subject works is part of it. */
      readonly warmUpCells: number;
    }
  | { readonly type: "take"; readonly section: string; readonly quick: boolean }
  | { readonly type: "close" };

/** What a driver answers. */
export type Answer =
  | { readonly type: "done"; readonly samples: readonly Sample[] }
  | {
      readonly type: "failed";
      readonly message: string;
      /** It cannot do such a thing, by design. */
      readonly unsupported: boolean;
      /** What was measured before. */
      readonly samples: readonly Sample[];
    };

/** One measured value. */
export interface Sample {
  readonly metric: string;
  readonly value: number;
}
