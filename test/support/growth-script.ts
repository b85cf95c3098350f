import assert from "node:assert/strict";

const [, , module = "", calls = ""] = process.argv;
const loaded: Record<string, () => Promise<unknown>> = await import(module);

async function bytesKept(name: string, most: number): Promise<number> {
  const step = loaded[name];
  assert(step && globalThis.gc);
  // The first calls compile the code and fill the caches.
  for (let call = 0; call < 5_000; call++) await step();
  globalThis.gc();
  const before = process.memoryUsage().heapUsed;
  for (let call = 0; call < most; call++) await step();
  globalThis.gc();
  return (process.memoryUsage().heapUsed - before) / most;
}

const kept: [string, number][] = [];
for (const [name, most] of Object.entries<number>(JSON.parse(calls)))
  kept.push([name, await bytesKept(name, most)]);
process.stdout.write(JSON.stringify(Object.fromEntries(kept)));
