import assert from "node:assert/strict";

const [, , module = "", name = "", calls = ""] = process.argv;
const loaded: Record<string, () => Promise<unknown>> = await import(module);
const step = loaded[name];
assert(step && globalThis.gc);

// The first calls compile the code and fill the caches.
for (let call = 0; call < 5_000; call++) await step();
globalThis.gc();
const before = process.memoryUsage().heapUsed;
for (let call = 0; call < Number(calls); call++) await step();
globalThis.gc();
process.stdout.write(String((process.memoryUsage().heapUsed - before) / Number(calls)));
