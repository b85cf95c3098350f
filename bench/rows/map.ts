import type { Peer } from "../peers.ts";
import { bare, ours, peer, type Bench, type Measure, type Row } from "../row.ts";
import { steady, verify, verifyMost } from "../timing.ts";

const ITEMS = 100_000;

interface MapContext {
  readonly signal?: AbortSignal | undefined;
}

type Mapper = (item: number, index: number, context: MapContext) => Promise<number>;

/** Maps all items, with at most so many mappers at once. */
type MapAll = (items: number[], mapper: Mapper, concurrency: number) => Promise<unknown[]>;

type MakeMap = (bench: Bench) => Promise<MapAll>;

const plain: Mapper = async (item) => item + 1;

const readsSignal: Mapper = async (item, _, { signal }) => (signal?.aborted ? -1 : item + 1);

const immediate: Mapper = async (item) => new Promise((resolve) => setImmediate(resolve, item + 1));

const mapConcurrent: MakeMap =
  async ({ library }) =>
  (items, mapper, concurrency) =>
    library.mapConcurrent(items, mapper, { concurrency });

const unlimited: MakeMap = async () => (items, mapper) =>
  Promise.all(items.map((item, index) => mapper(item, index, {})));

type Positional = (items: number[], concurrency: number, mapper: Mapper) => Promise<unknown[]>;
type WithOptions = (items: number[], mapper: Mapper, options: { concurrency: number }) => Promise<unknown[]>;

const peers: ReadonlyMap<Peer, MakeMap> = new Map<Peer, MakeMap>([
  [
    "async",
    async ({ load }) => {
      const { default: async } = await load<{ default: { mapLimit: Positional } }>("async");
      return (items, mapper, concurrency) => async.mapLimit(items, concurrency, mapper);
    },
  ],
  [
    "p-map",
    async ({ load }) => {
      const { default: pMap } = await load<{ default: WithOptions }>("p-map");
      return (items, mapper, concurrency) => pMap(items, mapper, { concurrency });
    },
  ],
  [
    "es-toolkit",
    async ({ load }) => {
      const { mapAsync } = await load<{ mapAsync: WithOptions }>("es-toolkit");
      return (items, mapper, concurrency) => mapAsync(items, mapper, { concurrency });
    },
  ],
  [
    "modern-async",
    async ({ load }) => {
      const { asyncMap } = await load<{ asyncMap: MapAll }>("modern-async");
      return (items, mapper, concurrency) => asyncMap(items, mapper, concurrency);
    },
  ],
]);

function mapping(make: MakeMap, mapper: Mapper, concurrency: number, limited = true): Measure {
  return async (bench) => {
    const mapAll = await make(bench);
    const items = Array.from({ length: ITEMS }, (_, i) => i);
    let results: unknown[] = [];
    const batch = async (): Promise<number> => {
      const start = performance.now();
      results = await mapAll(items, mapper, concurrency);
      return performance.now() - start;
    };
    const time = await steady(batch, ITEMS, bench.budget);
    verify(
      results.length === ITEMS && results.every((result, i) => result === i + 1),
      "the results are not those of the mapper, in order",
    );
    if (limited) await verifyLimit(mapAll, concurrency);
    return time;
  };
}

function verifyLimit(mapAll: MapAll, concurrency: number): Promise<void> {
  return verifyMost(concurrency, (work, count) =>
    mapAll(
      Array.from({ length: count }, () => 0),
      work,
      concurrency,
    ),
  );
}

function mapRow(kind: "async" | "immediate", concurrency: number, ratio: number): Row {
  const mapper = kind === "async" ? plain : immediate;
  return {
    name: `map-${kind}-c${concurrency}`,
    title: `map 100k items, ${kind === "async" ? "async" : "setImmediate"} mapper, concurrency ${concurrency}`,
    unit: "ns/item",
    needs: ["mapConcurrent"],
    short: concurrency === 10,
    goals: [
      {
        ratio,
        against: "async",
        tried:
          "No promise of its own for an item, and one pair of reactions for each worker. With one call at a time, each item still waits for its turn of the " +
          "microtasks twice.",
      },
    ],
    candidates: [
      bare(mapping(unlimited, mapper, concurrency, false), "Promise.all, no limit kept"),
      ours(mapping(mapConcurrent, mapper, concurrency)),
      ...(kind === "async" ? [ours(mapping(mapConcurrent, readsSignal, concurrency), "signal read")] : []),
      ...[...peers].map(([name, make]) =>
        peer(name, mapping(make, mapper, concurrency), {
          note: name === "async" ? "mapLimit" : undefined,
          slow: name === "modern-async" || name === "es-toolkit",
        }),
      ),
    ],
  };
}

export const mapRows: readonly Row[] = [
  ...[1, 10, 100].map((concurrency) => mapRow("async", concurrency, 0.5)),
  mapRow("immediate", 10, 0.8),
];
