/**
 * The faster of two mirrors answers, the slower one is told to stop.
 *
 * Clock: virtual
 * Patterns: race
 */
import { race } from "yieldpoint";
import { draw, say, service } from "../story.ts";

// Two servers with the same files.
const paris = service("paris", 120, { value: "the file, from Paris" });
const oslo = service("oslo", 40, { value: "the file, from Oslo" });

// race starts both and settles as the first of them does.
const file = await race([paris, oslo]);
say(`here is ${file}`);

// Promise.race would leave the slow download running: it cannot stop what it did not start. race hands each
// task a signal, and aborts the signals of all but the winner. In the drawing, the bar of Paris ends where
// Oslo's does.
draw();
