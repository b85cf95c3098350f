import type { Peer } from "../peers.ts";
import { ours, peer, type Measure, type Row } from "../row.ts";

const names: readonly Peer[] = [
  "@repeaterjs/repeater",
  "@watchable/unpromise",
  "async",
  "async-mutex",
  "async-retry",
  "async-sema",
  "bottleneck",
  "cockatiel",
  "es-toolkit",
  "fastq",
  "modern-async",
  "opossum",
  "p-limit",
  "p-map",
  "p-queue",
  "p-retry",
  "p-timeout",
];

const importing =
  (locate: (bench: Parameters<Measure>[0]) => string): Measure =>
  async (bench) => {
    const url = locate(bench);
    const start = performance.now();
    await import(url);
    return performance.now() - start;
  };

export const importRows: readonly Row[] = [
  {
    name: "import",
    title: "import in a new process (the file in the page cache)",
    unit: "ms",
    candidates: [
      ours(importing(({ libraryUrl }) => libraryUrl)),
      ...names.map((name) =>
        peer(
          name,
          importing(({ url }) => url(name)),
        ),
      ),
    ],
  },
];
