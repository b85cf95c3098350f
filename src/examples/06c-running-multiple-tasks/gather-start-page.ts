/**
 * When one call fails, gather tells the others to stop; gatherSettled lets each of them end.
 *
 * Clock: virtual
 * Patterns: gather, gatherSettled
 */
import { gather, gatherSettled } from "yieldpoint";
import { draw, say, service } from "../story.ts";

// The start page of a shop. Today its orders cannot be read.
const user = service("user", 50, { value: "Ada" });
const orders = service("orders", 100, { error: new Error("503 Service Unavailable") });
const offers = service("offers", 300, { value: "tea, rice" });

// All or nothing: without its orders the page is of no use, so there is no point in waiting for the offers.
// At 100 ms gather rejects with the error of the orders, and the signal that it handed to the offers aborts:
// that call ends at once, too.
try {
  await gather({ user, orders, offers });
} catch (error) {
  say(`gather: no page, ${String(error)}`);
}

// As much as there is: a page without orders is better than none. gatherSettled rejects for no task's
// failure. It tells of each task how it ended, and takes as long as the slowest.
const page = await gatherSettled({ user, orders, offers });
say("gatherSettled: a page with");
for (const [part, result] of Object.entries(page)) {
  say(`  ${part}: ${result.status === "fulfilled" ? result.value : `missing, ${String(result.reason)}`}`);
}

draw();
