import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import { main } from "./bundle.ts";
import { freshDist } from "./dist.ts";

/** What one export costs an application that uses nothing else of the package, in bytes. */
export interface Size {
  readonly name: string;
  readonly minified: number;
  readonly gzip: number;
}

/** The row of the whole package. */
export const everything = "everything";

/** Bundles each value export of the main entry point by itself, and all of them together, with what Vite bundles and minifies with. */
export async function measureSizes(): Promise<Size[]> {
  await freshDist();
  const library: object = await import(pathToFileURL(main).href);
  const imports: [name: string, code: string][] = Object.keys(library).map((name) => [
    name,
    `export { ${name} } from ${JSON.stringify(main)};`,
  ]);
  imports.push([everything, `export * from ${JSON.stringify(main)};`]);
  return Promise.all(
    imports.map(async ([name, code]) => {
      const bundle = await minify(code);
      return { name, minified: Buffer.byteLength(bundle), gzip: gzipSync(bundle, { level: 9 }).length };
    }),
  );
}

async function minify(code: string): Promise<string> {
  const application = "\0application";
  const bundle = await rolldown({
    input: application,
    platform: "browser",
    plugins: [
      {
        name: "application",
        resolveId: (id) => (id === application ? id : null),
        load: (id) => (id === application ? code : null),
      },
    ],
  });
  const { output } = await bundle.generate({ format: "esm", minify: true });
  await bundle.close();
  return output[0].code;
}
