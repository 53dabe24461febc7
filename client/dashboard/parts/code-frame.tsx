/** The lines around an error. They are not broken, so that the caret stays under its column. */
export function CodeFrame({ text }: { readonly text: string }) {
  return (
    <pre class="block unbroken" tabIndex={0} role="group" aria-label="Lines around the error">
      {text}
    </pre>
  );
}
