/** Short facts by their names; those that are undefined are left out. */
export function Facts({ facts }: { readonly facts: { readonly [name: string]: string | number | undefined } }) {
  return (
    <dl class="fact-list">
      {Object.entries(facts).map(([name, fact]) => {
        if (fact === undefined || fact === "") return null;
        return (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{fact}</dd>
          </div>
        );
      })}
    </dl>
  );
}
