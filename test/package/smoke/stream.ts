import { batch, buffer, fromWebStream, mapStream, merge, sleep, toWebStream } from "yieldpoint";
import { all, equal, rejection } from "./check.ts";

async function* slowly(...items: readonly number[]): AsyncGenerator<number> {
  for (const item of items) {
    await sleep(1);
    yield item;
  }
}

/** The platform's own stream, not made by the package. */
function platformStream(onCancel: (reason: unknown) => void = () => {}): ReadableStream<number> {
  let n = 0;
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(++n);
      if (n === 3) controller.close();
    },
    cancel: onCancel,
  });
}

export const stream = {
  async batch() {
    equal(await all(batch(slowly(1, 2, 3), { size: 2, within: 60_000 })), [[1, 2], [3]]);
    equal(await all(batch(fromWebStream(platformStream()), { size: 2 })), [[1, 2], [3]]);
  },
  async buffer() {
    equal(await all(buffer(slowly(1, 2, 3), 2)), [1, 2, 3]);
  },
  async fromWebStream() {
    equal(await all(fromWebStream(platformStream())), [1, 2, 3]);
    let cancelled = 0;
    for await (const _ of fromWebStream(platformStream(() => cancelled++))) break;
    equal(cancelled, 1);
    const locked = platformStream();
    locked.getReader();
    equal((await rejection(all(fromWebStream(locked)))) instanceof TypeError, true);
  },
  async mapStream() {
    const squares = mapStream(slowly(3, 1, 2), async (n) => sleep(n).then(() => n * n), { concurrency: 3 });
    equal(await all(squares), [9, 1, 4]);
  },
  async merge() {
    const items = await all(merge([slowly(1, 2), [3]]));
    items.sort((a, b) => a - b);
    equal(items, [1, 2, 3]);
  },
  async toWebStream() {
    const words = toWebStream(["plain ", "words"]).pipeThrough(new TextEncoderStream());
    equal(await new Response(words).text(), "plain words");
    let closed = 0;
    const source = (async function* () {
      try {
        for (;;) yield 1;
      } finally {
        closed++;
      }
    })();
    const reader = toWebStream(source).getReader();
    equal((await reader.read()).value, 1);
    await reader.cancel();
    equal(closed, 1);
    const given = toWebStream(slowly(1), { signal: AbortSignal.abort("gave up") });
    equal(await rejection(given.getReader().read()), "gave up");
  },
};
