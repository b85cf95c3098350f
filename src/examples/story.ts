// What the examples share: lines that tell the time, fake slow calls, and a drawing of what ran when.
import { drawTimeline, recordTimeline } from "yieldpoint/testing";

// Whoever reads the story may stop in the middle: `… | head -1`.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

const start = performance.now();
const clock = {
  /** Whole milliseconds since the script began. */
  get now() {
    return Math.round(performance.now() - start);
  },
};
const recorder = recordTimeline(clock);

/** Prints a line, and when it was printed. */
export function say(text: string): void {
  console.log(`${String(clock.now).padStart(5)} ms  ${text}`);
}

/**
 * `service("user", 100, { value: "Ada" })` makes a function that stands in for a call over the network: called, it takes 100 ms and
 * then gives the value, or fails with the `error` given instead. Either may be a function of the number of the call. It is a task: it
 * stops when its signal aborts.
 */
export const service = recorder.service;

/** Marks in the drawing when something runs, until the mark is disposed of or its `end` is called. */
export const span = recorder.span;

/** Draws what ran so far, time from left to right. */
export function draw(): void {
  console.log(`\n${drawTimeline(recorder, { unit: "ms" })}`);
}
