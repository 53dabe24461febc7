import type { Send } from "./bare-cell.ts";

/** To a relay's executor, about the client's `cell`: its start, or the answer to a call. */
export type RelayCommand =
  | { readonly cell: number; readonly source: string; readonly id?: undefined }
  | { readonly cell: number; readonly id: number; readonly json: string };

/** What a cell said. */
export type RelayReport = [cell: number, ...said: Parameters<Send>];
