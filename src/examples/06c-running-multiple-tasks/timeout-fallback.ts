/**
 * timeout gives a call a deadline, and a fallback to answer with when it is missed.
 *
 * Clock: virtual
 * Patterns: timeout
 */
import { timeout, TimeoutError } from "yieldpoint";
import { draw, say, service } from "../story.ts";

// Two shops are asked for the price of tea.
const quick = service("quick", 40, { value: "12.50" });
const slow = service("slow", 300, { value: "12.49" });

// In time: the price is handed on, and the deadline's timer is cleared.
say(`quick: ${await timeout(quick, 100)}`);

// Too late: at the deadline timeout rejects, and the signal that it handed to the call aborts, so that the
// call ends as well.
try {
  await timeout(slow, 100);
} catch (error) {
  if (!(error instanceof TimeoutError)) throw error;
  say(`slow: no price within ${error.ms} ms (${error.code})`);
}

// Too late again, but yesterday's price will do.
say(`slow: ${await timeout(slow, 100, { fallback: () => "12.00 (yesterday)" })}`);

draw();
