import { buildDist, entries } from "./package/dist.ts";

const start = performance.now();
await buildDist();
const seconds = ((performance.now() - start) / 1000).toFixed(1);
console.log(`dist: ${entries.length} entry points built in ${seconds} s`);
