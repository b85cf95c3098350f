import { recordLimits, tableFile } from "./size-limits.ts";
import { measureSizes } from "./sizes.ts";

const sizes = await measureSizes();
recordLimits(sizes);
console.table(Object.fromEntries(sizes.map(({ name, minified, gzip }) => [name, { minified, gzip }])));
console.log(`${tableFile} holds the new limits`);
