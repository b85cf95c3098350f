// Bounded queues between one producer and one consumer. The types say what is used of each peer.
import type { Bench } from "../row.ts";
import { keep } from "../timing.ts";

/** Sends 0 to n - 1 through and gives the consumer's sum. */
export type Transfer = (n: number) => Promise<number>;

export type MakeTransfer = (bench: Bench, capacity: number) => Promise<Transfer>;

async function sumOf(items: AsyncIterable<number>): Promise<number> {
  let sum = 0;
  for await (const item of items) sum += item;
  return sum;
}

/** No queue: the consumer pulls each item. */
export const throughNothing: MakeTransfer = async () => {
  async function* numbers(n: number): AsyncGenerator<number> {
    for (let i = 0; i < n; i++) yield i;
  }
  return (n) => sumOf(numbers(n));
};

export const throughQueue: MakeTransfer =
  async ({ library }, capacity) =>
  async (n) => {
    const queue = keep(new library.AsyncQueue<number>({ capacity }));
    const produce = async (): Promise<void> => {
      for (let i = 0; i < n; i++) await queue.put(i);
      queue.close();
    };
    const [sum] = await Promise.all([sumOf(queue), produce()]);
    return sum;
  };

/** Both sides wait only when the queue is full or empty. */
export const throughQueueTrying: MakeTransfer =
  async ({ library }, capacity) =>
  async (n) => {
    const queue = keep(new library.AsyncQueue<number>({ capacity }));
    const produce = async (): Promise<void> => {
      for (let i = 0; i < n; i++) if (!queue.tryPut(i)) await queue.put(i);
    };
    const consume = async (): Promise<number> => {
      let sum = 0;
      for (let i = 0; i < n; i++) {
        const got = queue.tryGet();
        sum += got === undefined ? await queue.get() : got.value;
      }
      return sum;
    };
    const [sum] = await Promise.all([consume(), produce()]);
    return sum;
  };

/** The worker is the consumer; the producer waits for the queue to drain when it is full. */
export const throughAsync: MakeTransfer = async ({ load }, capacity) => {
  interface Queue {
    push(item: number, done: () => void): void;
    drain(handler: () => void): void;
    length(): number;
    idle(): boolean;
  }
  type Worker = (item: number, done: () => void) => void;
  const { default: async } = await load<{ default: { queue(worker: Worker, concurrency: number): Queue } }>(
    "async",
  );
  const nothing = (): void => {};
  return async (n) => {
    let sum = 0;
    const queue = async.queue((item, done) => {
      sum += item;
      done();
    }, 1);
    let drained = nothing;
    queue.drain(() => drained());
    const empty = (): Promise<void> => new Promise((resolve) => (drained = resolve));
    for (let i = 0; i < n; i++) {
      queue.push(i, nothing);
      if (queue.length() >= capacity) await empty();
    }
    if (!queue.idle()) await empty();
    return sum;
  };
};

/** As with async. The queue's own length() walks it, so the items inside are counted here. */
export const throughFastq: MakeTransfer = async ({ load }, capacity) => {
  interface Queue {
    push(item: number): Promise<void>;
    drained(): Promise<void>;
  }
  interface Fastq {
    promise(worker: (item: number) => Promise<void>, concurrency: number): Queue;
  }
  const { default: fastq } = await load<{ default: Fastq }>("fastq");
  return async (n) => {
    let sum = 0;
    let inside = 0;
    const queue = fastq.promise(async (item) => {
      sum += item;
      inside--;
    }, 1);
    for (let i = 0; i < n; i++) {
      inside++;
      void queue.push(i);
      if (inside >= capacity) await queue.drained();
    }
    await queue.drained();
    return sum;
  };
};

/** The consumer is the task of each item. */
export const throughPQueue: MakeTransfer = async ({ load }, capacity) => {
  type PQueue = new (options: { concurrency: number }) => {
    add(task: () => void): Promise<void>;
    onSizeLessThan(size: number): Promise<void>;
    onIdle(): Promise<void>;
    readonly size: number;
  };
  const { default: PQueue } = await load<{ default: PQueue }>("p-queue");
  return async (n) => {
    let sum = 0;
    const queue = new PQueue({ concurrency: 1 });
    for (let i = 0; i < n; i++) {
      void queue.add(() => void (sum += i));
      if (queue.size >= capacity) await queue.onSizeLessThan(capacity);
    }
    await queue.onIdle();
    return sum;
  };
};

export const throughRepeater: MakeTransfer = async ({ load }, capacity) => {
  type Push = (item: number) => Promise<unknown>;
  interface Package {
    readonly FixedBuffer: new (capacity: number) => object;
    readonly Repeater: new (
      executor: (push: Push, stop: () => void) => Promise<void>,
      buffer: object,
    ) => AsyncIterable<number>;
  }
  const { FixedBuffer, Repeater } = await load<Package>("@repeaterjs/repeater");
  return (n) =>
    sumOf(
      new Repeater(async (push, stop) => {
        for (let i = 0; i < n; i++) await push(i);
        stop();
      }, new FixedBuffer(capacity)),
    );
};

/** The stream asks for items: there is no producer of its own. */
export const throughReadable: MakeTransfer = async (_, highWaterMark) => {
  const { Readable } = await import("node:stream");
  return (n) => {
    let i = 0;
    const read = function (this: InstanceType<typeof Readable>): void {
      while (i < n) if (!this.push(i++)) return;
      this.push(null);
    };
    return sumOf(new Readable({ objectMode: true, highWaterMark, read }));
  };
};

export const throughPassThrough: MakeTransfer = async (_, highWaterMark) => {
  const { PassThrough } = await import("node:stream");
  return async (n) => {
    const stream = new PassThrough({ objectMode: true, highWaterMark });
    const produce = async (): Promise<void> => {
      for (let i = 0; i < n; i++) {
        if (!stream.write(i)) await new Promise((resolve) => stream.once("drain", resolve));
      }
      stream.end();
    };
    const [sum] = await Promise.all([sumOf(stream), produce()]);
    return sum;
  };
};

type Numbers = ReadableStream<number> & AsyncIterable<number>;

export const throughWebReadable: MakeTransfer = async (_, highWaterMark) => (n) => {
  let wanted = (): void => {};
  const produce = async (controller: ReadableStreamDefaultController<number>): Promise<void> => {
    for (let i = 0; i < n; i++) {
      while ((controller.desiredSize ?? 0) <= 0) await new Promise<void>((resolve) => (wanted = resolve));
      controller.enqueue(i);
    }
    controller.close();
  };
  const source: UnderlyingDefaultSource<number> = {
    start: (controller) => void produce(controller),
    pull: () => wanted(),
  };
  return sumOf(new ReadableStream(source, { highWaterMark }) as Numbers);
};

export const throughWebTransform: MakeTransfer = async (_, highWaterMark) => async (n) => {
  const { readable, writable } = new TransformStream<number, number>({}, { highWaterMark });
  const writer = writable.getWriter();
  const produce = async (): Promise<void> => {
    for (let i = 0; i < n; i++) {
      await writer.ready;
      void writer.write(i);
    }
    await writer.close();
  };
  const [sum] = await Promise.all([sumOf(readable as Numbers), produce()]);
  return sum;
};
