/**
 * Two permits, five pages: never more than two are fetched at once.
 *
 * Clock: virtual
 * Patterns: Semaphore, gather
 */
import { gather, Semaphore } from "yieldpoint";
import { draw, say, service } from "../story.ts";

const pages = [
  service("page 1", 100),
  service("page 2", 300),
  service("page 3", 100),
  service("page 4", 100),
  service("page 5", 100),
];

// To fetch a page takes a permit, and there are two. Whoever finds none waits in line: first come, first
// served.
const semaphore = new Semaphore(2);

// All five are started at once. `execute` waits for a permit, runs its task and gives the permit back, also
// if the task fails.
const all = gather(
  pages.map((fetchPage) => async () => {
    const page = await semaphore.execute(fetchPage);
    say(`${page} is here`);
  }),
);
const { held, waiting } = semaphore.stats();
say(`${held} pages are being fetched, ${waiting} wait`);

await all;

// These are not batches of two: page 3 starts as soon as page 1 is over, while the long page 2 still runs.
draw();
