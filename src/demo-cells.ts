/** Reads many files in parallel and stores what it counted for later cells. */
export const countLines = `const paths = (await Promise.all(["src/**/*.ts", "client/**/*.ts", "test/**/*.ts"].map(
  (pattern) => tools.list_files({ pattern }),
))).flat();
const files = await Promise.all(paths.map(async (path) => ({ path, lines: (await tools.read_file({ path })).split("\\n").length })));

const folders = {};
for (const { path, lines } of files) {
  const folder = path.split("/").slice(0, -1).join("/");
  folders[folder] ??= { files: 0, lines: 0 };
  folders[folder].files += 1;
  folders[folder].lines += lines;
}
store("files", files);

text("folder".padEnd(28) + "files".padStart(6) + "lines".padStart(8));
for (const [folder, { files, lines }] of Object.entries(folders).sort()) {
  text(folder.padEnd(28) + String(files).padStart(6) + String(lines).padStart(8));
}`;

/** Loads what the first cell stored. */
export const largest = `const files = load("files");
const top = files.sort((a, b) => b.lines - a.lines).slice(0, 3);
text("The largest of " + files.length + " files:");
for (const { path, lines } of top) text("  " + path + ", " + lines + " lines");
return files.reduce((sum, file) => sum + file.lines, 0) + " lines in all";`;

/** Works in steps: it says how far it is, yields once, and goes on while the agent does something else. */
export const search = `const paths = await tools.list_files({ pattern: "src/session/*.ts" });
let hits = 0;
for (const [index, path] of paths.entries()) {
  hits += (await tools.search_text({ path, text: "rule C" })).length;
  if (index % 4 === 3) notify("searched " + (index + 1) + " of " + paths.length + " files");
  if (index === 3) { text("Found " + hits + " mentions so far."); yield_control(); }
}
text("The sessions' sources cite the cell rules " + hits + " times.");`;

/** Asks a tool for several things at once; one of the cities may not exist. */
export const weather = `const cities = ["Oslo", "Rome", "Lima", "Cairo", "Kyoto", "Atlantis"].filter(() => Math.random() < 0.7);
const found = await Promise.all(cities.map(async (city) => [city, await tools.temperature({ city })]));
store("weather", Object.fromEntries(found));
for (const [city, degrees] of found) text(city + ": " + degrees + " °C");`;

/** Draws what another cell stored. */
export const chart = `const bars = Object.entries(load("weather") ?? { Oslo: 4 }).map(([city, degrees], index) => (
  '<rect x="10" y="' + (10 + index * 28) + '" width="' + degrees * 8 + '" height="20" fill="#4878d0"/>' +
  '<text x="14" y="' + (25 + index * 28) + '" font-family="sans-serif" font-size="13" fill="#fff">' + city + "</text>"
));
const height = 20 + bars.length * 28;
const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="' + height + '">' +
  '<rect width="300" height="' + height + '" fill="#eef"/>' + bars.join("") + "</svg>";
text("The weather as it was stored:");
image("data:image/svg+xml," + encodeURIComponent(svg));`;

/** Needs a person for some time; a call of it may take too long. */
export const patient = `const questions = ["What is a cell?", "Why not call tools one by one?", "When is it done?"];
const answers = [];
for (const [index, question] of questions.entries()) {
  notify("asking question " + (index + 1) + " of " + questions.length);
  try {
    answers.push(await tools.ask_person({ question }));
  } catch (error) {
    answers.push("no answer: " + error.message);
  }
  text(question + " " + answers.at(-1));
}
store("interview", { at: Date.now(), answers });`;

/** Computes for a moment. */
export const primes = `const isPrime = (value) => {
  for (let divisor = 2; divisor * divisor <= value; divisor++) if (value % divisor === 0) return false;
  return true;
};
let found = 0;
for (let value = 2; value < 400_000; value++) if (isPrime(value)) found++;
text("There are " + found + " primes below 400,000.");`;

/** Never ends by itself. */
export const hopeless = `text("This will take a while.");
for (let value = 0n; ; value++) if (value < 0n) break;`;

/** Ends as soon as it knows enough. */
export const early = `text("Rome: " + (await tools.temperature({ city: "Rome" })));
exit();
text("not reached");`;

/** What goes wrong in the cells of beginners. */
export const failures: readonly string[] = [
  `const cities = ["Oslo", "Rome"
text(cities.join(", "));`,
  `const weather = load("forecast");
const warmest = weather.days.sort((a, b) => b.degrees - a.degrees)[0];
text(warmest.name);`,
  `const degrees = await tools.temperature({ city: "Atlantis" });
text("Atlantis: " + degrees);`,
];
