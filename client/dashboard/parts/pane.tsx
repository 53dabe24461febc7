import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { Icon } from "./icons.tsx";

/** What {@link Pane} shows. */
interface PaneProps {
  /** What it is, for who does not see it. */
  readonly label: string;
  readonly title: ComponentChildren;
  readonly actions?: ComponentChildren;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** The details of what is selected, beside the list that it was selected from. */
export function Pane({ label, title, actions, onClose, children }: PaneProps) {
  return (
    <aside class="pane" aria-label={label}>
      <header>
        <h2>{title}</h2>
        <span class="stretch" />
        {actions}
        <button type="button" class="plain square" aria-label="Close the details" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <div class="pane-body" tabIndex={0} role="group" aria-label={`${label} details`}>
        {children}
      </div>
    </aside>
  );
}

/** A part of a pane. */
export function Section({
  title,
  children,
}: {
  readonly title: ComponentChildren;
  readonly children: ComponentChildren;
}) {
  const id = useId();
  return (
    <section class="section" aria-labelledby={id}>
      <h3 id={id}>{title}</h3>
      {children}
    </section>
  );
}
