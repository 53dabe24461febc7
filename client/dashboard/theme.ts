import { effect, signal } from "@preact/signals";
import { Kept } from "./kept.ts";

const themes = ["system", "light", "dark"] as const;

/** Whether the page is light or dark; by default as the system is. */
export type Theme = (typeof themes)[number];

const kept = new Kept("theme", "cleared");

export const theme = signal<Theme>(themes.find((known) => known === kept.get()) ?? "system");

/** To the next theme: system, light, dark, and round again. */
export function switchTheme(): void {
  theme.value = themes[(themes.indexOf(theme.value) + 1) % themes.length] ?? "system";
}

effect(() => {
  kept.set(theme.value);
  if (theme.value === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme.value;
});

const dark = matchMedia("(prefers-color-scheme: dark)");
const systemIsDark = signal(dark.matches);
dark.addEventListener("change", () => {
  systemIsDark.value = dark.matches;
});

/** Whether the page is dark now, for what is drawn and not styled. */
export function isDark(): boolean {
  return theme.value === "dark" || (theme.value === "system" && systemIsDark.value);
}
