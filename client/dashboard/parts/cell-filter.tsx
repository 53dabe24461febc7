import { narrow, route } from "../address.ts";
import { shortId } from "../model/format.ts";
import { Icon } from "./icons.tsx";

/** Says that only one cell is shown, and shows all again. Without a selected cell there is none. */
export function CellFilter() {
  const { cell } = route.value.query;
  if (cell === undefined) return null;
  return (
    <button
      type="button"
      aria-label={`Only cell ${cell}: show all cells`}
      onClick={() => narrow({ cell: undefined, call: undefined })}
    >
      cell <code>{shortId(cell)}</code>
      <Icon name="close" />
    </button>
  );
}
