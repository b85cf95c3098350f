/**
 * Three calls at once take as long as one of them.
 *
 * Clock: virtual
 * Patterns: gather
 */
import { gather } from "yieldpoint";
import { draw, say, service } from "../story.ts";

// Three slow calls. Each is a function: the call starts when the function is called, not before.
const user = service("user", 100, { value: "Ada" });
const orders = service("orders", 100, { value: 3 });
const stock = service("stock", 100, { value: "tea, rice" });

// `await` after `await`: no call starts before the one above it is over.
await user();
await orders();
await stock();
say("one after the other: all three are here");

// None of them needs an answer of the others, so they may run together. gather is handed the functions,
// without (), starts all of them and waits for the last. The results stand in the order of the tasks,
// whichever is over first.
const [name, count] = await gather([user, orders, stock]);
say(`at once: ${name} has ${count} orders`);

// With many results, names are easier to keep apart than places in a list.
const page = await gather({ user, orders, stock });
say(`at once, by name: ${page.user} has ${page.orders} orders, in stock: ${page.stock}`);

draw();
