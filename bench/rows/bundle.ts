import type { BuildOptions, BuildResult } from "esbuild";
import type { Peer } from "../peers.ts";
import { ours, peer, type Measure, type Row } from "../row.ts";

/** Bytes after gzip of what an application gets that imports just this. */
function bundled(code: (library: string) => string): Measure {
  return async ({ load, folder, libraryUrl }) => {
    interface Esbuild {
      readonly build: (options: BuildOptions) => Promise<BuildResult>;
    }
    const [{ build }, { gzipSync }, { fileURLToPath }] = await Promise.all([
      load<Esbuild>("esbuild"),
      import("node:zlib"),
      import("node:url"),
    ]);
    const { outputFiles } = await build({
      stdin: { contents: code(JSON.stringify(fileURLToPath(libraryUrl))), resolveDir: folder },
      bundle: true,
      minify: true,
      format: "esm",
      // For Node, as some of them need its modules, but with the module files that bundlers for browsers prefer.
      platform: "node",
      mainFields: ["module", "main"],
      target: "es2022",
      write: false,
      logLevel: "silent",
    });
    return gzipSync(outputFiles?.[0]?.contents ?? "", { level: 9 }).length;
  };
}

const own = (names: string): Measure => bundled((library) => `export { ${names} } from ${library};`);

/** What is imported: names, or the default export. */
const theirs = (name: Peer, names: string): ReturnType<typeof peer> =>
  peer(
    name,
    bundled(() => `export { ${names} } from ${JSON.stringify(name)};`),
  );

function bundleRow(feature: string, names: string, peers: readonly ReturnType<typeof peer>[]): Row {
  return {
    name: `bundle-${feature}`,
    title: `a bundle that imports ${names}, or the like, minified and gzipped`,
    unit: "B",
    once: true,
    needs: names.split(", "),
    candidates: [ours(own(names)), ...peers],
  };
}

export const bundleRows: readonly Row[] = [
  bundleRow("limit", "Semaphore", [
    theirs("async", "queue"),
    theirs("async-mutex", "Semaphore"),
    theirs("async-sema", "Sema"),
    theirs("bottleneck", "default"),
    theirs("cockatiel", "bulkhead"),
    theirs("es-toolkit", "limitAsync"),
    theirs("fastq", "default"),
    theirs("modern-async", "Queue"),
    theirs("p-limit", "default"),
    theirs("p-queue", "default"),
  ]),
  bundleRow("map", "mapConcurrent", [
    theirs("async", "mapLimit"),
    theirs("es-toolkit", "mapAsync"),
    theirs("modern-async", "asyncMap"),
    theirs("p-map", "default"),
  ]),
  bundleRow("timeout", "timeout", [
    theirs("async", "timeout"),
    theirs("cockatiel", "timeout, TimeoutStrategy"),
    theirs("es-toolkit", "withTimeout"),
    theirs("modern-async", "asyncTimeout"),
    theirs("p-timeout", "default"),
  ]),
  bundleRow("queue", "AsyncQueue", [
    theirs("@repeaterjs/repeater", "Repeater, FixedBuffer"),
    theirs("async", "queue"),
    theirs("fastq", "default"),
  ]),
  bundleRow("race", "race", [theirs("@watchable/unpromise", "Unpromise")]),
  bundleRow("retry", "retry", [
    theirs("async", "retry"),
    theirs("async-retry", "default"),
    theirs("cockatiel", "retry, handleAll"),
    theirs("es-toolkit", "retry"),
    theirs("p-retry", "default"),
  ]),
  bundleRow("breaker", "CircuitBreaker", [
    theirs("cockatiel", "circuitBreaker, handleAll, ConsecutiveBreaker"),
    theirs("opossum", "default"),
  ]),
];
