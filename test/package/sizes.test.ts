import { readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { bundleForBrowser, main } from "./bundle.ts";
import { limitFor, readLimits, tableFile } from "./size-limits.ts";
import { measureSizes, type Size } from "./sizes.ts";

let sizes: Size[];

beforeAll(async () => {
  sizes = await measureSizes();
}, 60_000);

test("no export is larger than its recorded limit", () => {
  const limits = readLimits();
  const over = sizes.flatMap((size) => {
    const limit = limits[size.name];
    if (limit === undefined) {
      return [`${size.name} has no limit: add "${size.name}": ${limitFor(size)} to ${tableFile}`];
    }
    return size.gzip > limit
      ? [
          `${size.name} takes ${size.gzip} bytes (minified and gzipped), its limit in ${tableFile} is ${limit}`,
        ]
      : [];
  });
  expect(over).toEqual([]);
});

test("every recorded limit is that of an export", () => {
  expect(new Set(Object.keys(readLimits()))).toEqual(new Set(sizes.map(({ name }) => name)));
});

test("an import that uses nothing costs nothing", async () => {
  expect(await bundleForBrowser(`import "yieldpoint"; import * as all from "yieldpoint";`)).toBe("");
});

test("even without the sideEffects field nothing is left of what is not used", async () => {
  const bundle = await bundleForBrowser(readFileSync(main, "utf8").replace(/^export \{[^}]*\};$/m, ""));
  expect(bundle).toBe("");
});
