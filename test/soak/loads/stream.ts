import { once } from "node:events";
import { batch, buffer, fromWebStream, mapStream, merge, toWebStream } from "yieldpoint";
import { fromNodeStream, toNodeStream } from "yieldpoint/node";
import type { Actor } from "../actor.ts";
import type { Loads } from "../load.ts";
import { items, upTo } from "../items.ts";

/** Reads a stream to its end, or leaves it early. */
function read<T>(
  actor: Actor,
  stream: () => AsyncIterable<T>,
  isRight?: (seen: T[]) => boolean,
): Promise<unknown> {
  const most = actor.random.pick(0, 2, Infinity);
  return actor.call(async () => {
    const seen: T[] = [];
    for await (const value of stream()) {
      seen.push(value);
      if (seen.length > most) break;
    }
    return seen;
  }, isRight);
}

const ascending = (seen: readonly number[]): boolean => seen.every((n, index) => n === index);

export const stream: Loads = {
  mapStream: () => ({
    async step(actor) {
      const ordered = actor.random.chance(0.5);
      const options = { concurrency: 1 + actor.random.below(3), ordered, signal: actor.signal() };
      const source = items(actor, upTo(8));
      await read(
        actor,
        () => mapStream(source, (n, _, context) => actor.task(n, 0.02)(context), options),
        (seen) => !ordered || ascending(seen),
      );
    },
  }),

  merge: () => ({
    async step(actor) {
      const sources = [items(actor, upTo(4)), upTo(3), items(actor, upTo(2))];
      await read(actor, () => merge(sources, { signal: actor.signal() }));
    },
  }),

  "batch, buffer": () => ({
    async step(actor) {
      const within = actor.random.pick(0, 1, 60_000, Infinity);
      const signal = actor.signal();
      await read(
        actor,
        () =>
          batch(buffer(items(actor, upTo(9)), actor.random.below(4), { signal }), {
            size: 3,
            within,
            signal,
          }),
        (seen) => ascending(seen.flat()),
      );
    },
  }),

  "web streams": () => ({
    async step(actor) {
      const signal = actor.signal();
      await read(
        actor,
        () => fromWebStream(toWebStream(items(actor, upTo(5)), { signal }), { signal }),
        ascending,
      );
      await actor.call(async () => {
        const reader = toWebStream(items(actor, upTo(5)), { signal: actor.signal() }).getReader();
        await reader.read();
        await reader.cancel();
      });
    },
  }),

  "Node streams": () => ({
    async step(actor) {
      const signal = actor.signal();
      await read(
        actor,
        () => fromNodeStream<number>(toNodeStream(items(actor, upTo(5)), { signal }), { signal }),
        ascending,
      );
      await actor.call(async () => {
        const readable = toNodeStream(items(actor, upTo(5)), { signal: actor.signal() });
        await once(readable, "data");
        readable.destroy();
        await once(readable, "close");
      });
    },
  }),
};
