import type { ContentItem } from "../../index.ts";
import { LongText } from "./json-text.tsx";

/** What a cell put out: text as it is, and images. */
export function Content({ items }: { readonly items: readonly ContentItem[] }) {
  return (
    <ol class="content">
      {items.map((item, index) => (
        <li key={index}>{item.type === "text" ? <LongText text={item.text} /> : <ImageItem url={item.imageUrl} />}</li>
      ))}
    </ol>
  );
}

/**
 * An image of a data URL. One of elsewhere is not loaded: the page asks no other server for anything, and cells, which are
 * not trusted, would hear of who looks.
 */
function ImageItem({ url }: { readonly url: string }) {
  if (!/^data:image\//i.test(url)) {
    return (
      <figure class="block">
        <figcaption class="muted">An image at an address elsewhere, which is not loaded:</figcaption>
        <code>{url}</code>
      </figure>
    );
  }
  return <img class="content-image" src={url} alt="Image that the cell put out" />;
}
