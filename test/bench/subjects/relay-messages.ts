import type { Send } from "./bare-cell.ts";

/** To the relay's executor: a cell to start, or the answer to a call of the cell that runs. */
export type RelayCommand =
  | { readonly source: string; readonly id?: undefined }
  | { readonly id: number; readonly json: string };

/** What a cell said. */
export type RelayReport = Parameters<Send>;
