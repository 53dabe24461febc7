/**
 * The name under which a tool stands on `tools` in a cell (rule T1): every character outside `[A-Za-z0-9_$]` becomes
 * `_`, and so does a leading digit; an empty name is `_`.
 */
export function toolIdentifier(name: string): string {
  return name.replace(/[^A-Za-z0-9_$]|^[0-9]/gu, "_") || "_";
}
