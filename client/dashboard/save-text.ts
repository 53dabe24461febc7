/** Gives the reader a file with this text, which comes in pieces. */
export function saveText(name: string, pieces: Iterable<string>): void {
  const url = URL.createObjectURL(new Blob([...pieces], { type: "application/x-ndjson" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has begun to read it by the next task.
  setTimeout(() => URL.revokeObjectURL(url));
}
