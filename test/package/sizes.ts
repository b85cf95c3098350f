import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { bundleForBrowser, main } from "./bundle.ts";
import { freshDist } from "./dist.ts";

/** What one export costs an application that uses nothing else of the package, in bytes. */
export interface Size {
  readonly name: string;
  readonly minified: number;
  readonly gzip: number;
}

/** The row of the whole package. */
export const everything = "everything";

/** Bundles each value export of the main entry point by itself, and all of them together. */
export async function measureSizes(): Promise<Size[]> {
  await freshDist();
  const library: object = await import(pathToFileURL(main).href);
  const imports: [name: string, code: string][] = Object.keys(library).map((name) => [
    name,
    `export { ${name} } from "yieldpoint";`,
  ]);
  imports.push([everything, `export * from "yieldpoint";`]);
  return Promise.all(
    imports.map(async ([name, code]) => {
      const bundle = await bundleForBrowser(code);
      return { name, minified: Buffer.byteLength(bundle), gzip: gzipSync(bundle, { level: 9 }).length };
    }),
  );
}
