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
      title={`Only cell ${cell} is shown: show all`}
      onClick={() => narrow({ cell: undefined, call: undefined })}
    >
      only cell <code>{shortId(cell)}</code>
      <span class="unseen">, show all</span>
      <Icon name="close" />
    </button>
  );
}
