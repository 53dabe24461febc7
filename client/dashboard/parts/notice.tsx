import type { ComponentChildren } from "preact";

/** What {@link Notice} shows. */
interface NoticeProps {
  readonly title: string;
  /** What may be done about it. */
  readonly children?: ComponentChildren;
  /** Whether it tells of something that went wrong. */
  readonly isProblem?: boolean;
}

/** What stands where there is nothing to show: why that is so, and what to do. */
export function Notice({ title, children, isProblem = false }: NoticeProps) {
  return (
    <div class={isProblem ? "notice problem" : "notice"} role={isProblem ? "alert" : "status"}>
      <h2>{title}</h2>
      {children}
    </div>
  );
}
