import { bare, ours, peer, platform, type Measure, type Row } from "../row.ts";
import { steady, verify } from "../timing.ts";
import * as channels from "./channels.ts";
import type { MakeTransfer } from "./channels.ts";

const ITEMS = 1_000_000;
/** Where a million would take seconds. */
const FEWER = 100_000;

function transferring(make: MakeTransfer, capacity: number, items: number): Measure {
  return async (bench) => {
    const transfer = await make(bench, capacity);
    const count = bench.budget < 100 ? Math.min(items, FEWER) : items;
    const batch = async (): Promise<number> => {
      const start = performance.now();
      const sum = await transfer(count);
      const time = performance.now() - start;
      verify(sum === (count * (count - 1)) / 2, "the consumer did not get each item once");
      return time;
    };
    return steady(batch, count, bench.budget);
  };
}

function queueRow(capacity: number): Row {
  const measure = (make: MakeTransfer, items = ITEMS): Measure => transferring(make, capacity, items);
  const fewer = { slow: true, note: "n = 100k" };
  return {
    name: `queue-${capacity}`,
    title: `1M items from one producer to one consumer through a queue bounded at ${capacity}`,
    unit: "ns/item",
    needs: ["AsyncQueue"],
    short: capacity === 16,
    goals: [
      {
        ratio: 0.7,
        tried:
          "A waiting consumer is handed its item by way of a promise, so that a producer that goes on at once has put the next one by then. `put` and `next` " +
          "of an item that need not wait each cost one promise and one turn of the microtasks, which is most of it.",
      },
      { candidate: "yieldpoint, trying first", ratio: 0.3 },
    ],
    candidates: [
      bare(measure(channels.throughNothing), "async generator, no queue"),
      ours(measure(channels.throughQueue)),
      ours(measure(channels.throughQueueTrying), "trying first"),
      peer("async", measure(channels.throughAsync), { note: "the worker is the consumer" }),
      peer("fastq", measure(channels.throughFastq), { note: "the worker is the consumer" }),
      peer("p-queue", measure(channels.throughPQueue, FEWER), fewer),
      peer("@repeaterjs/repeater", measure(channels.throughRepeater, FEWER), fewer),
      platform("node:stream Readable", measure(channels.throughReadable), {
        note: "pulled, no producer of its own",
      }),
      platform("node:stream PassThrough", measure(channels.throughPassThrough)),
      platform("ReadableStream", measure(channels.throughWebReadable), { slow: true }),
      platform("TransformStream", measure(channels.throughWebTransform, FEWER), fewer),
    ],
  };
}

export const queueRows: readonly Row[] = [queueRow(1024), queueRow(16)];
