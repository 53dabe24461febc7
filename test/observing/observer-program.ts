import { observe } from "../../client/index.ts";
import type { ObserverReport } from "./observer-process.ts";

/** The program of an observer that watches all frames of a session, and says what it saw when that is as much as there was. */

const [url = "", token = "", sessionId = ""] = process.argv.slice(2);
const report = { seen: 0, dropped: 0 };
let frames = Infinity;
const checkDone = () => {
  if (report.seen + report.dropped < frames) return;
  process.send?.(report satisfies ObserverReport);
  process.exit(0);
};
const observation = await observe(url, { token });
await observation.watchSession(sessionId, { frames: true }, (event) => {
  if (event.type === "frame") report.seen += 1;
  else if (event.type === "gap") report.dropped += event.dropped ?? 0;
  checkDone();
}).started;
process.once("message", (message) => {
  frames = message as number;
  checkDone();
});
process.once("disconnect", () => process.exit(1));
process.send?.("watching");
