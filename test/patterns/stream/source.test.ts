import { buffer, merge } from "yieldpoint";
import { describe, expect, test } from "vitest";
import { drain } from "../../support/sources.ts";
import { rejection } from "../../support/waiting.ts";

/** A plain iterable that is no generator: it does not mind being closed while it runs, or after its end. */
function plain(onNext: () => IteratorResult<number, undefined>) {
  const seen = { closed: 0, closedWithin: 0 };
  let running = false;
  const iterator: IterableIterator<number, undefined> = {
    next: () => {
      running = true;
      const step = onNext();
      running = false;
      return step;
    },
    return: () => {
      seen.closed++;
      if (running) seen.closedWithin++;
      return { done: true, value: undefined };
    },
    [Symbol.iterator]: () => iterator,
  };
  return { iterator, seen };
}

describe("a plain iterable that aborts the stream while it is asked", () => {
  test("is closed once, when its next() is over", async () => {
    const controller = new AbortController();
    const { iterator, seen } = plain(() => {
      controller.abort("enough");
      return { done: false, value: 1 };
    });
    expect(await rejection(buffer(iterator, 1, { signal: controller.signal }).next())).toBe("enough");
    expect(seen).toStrictEqual({ closed: 1, closedWithin: 0 });
  });

  test("is not closed when that was its end", async () => {
    const controller = new AbortController();
    const { iterator, seen } = plain(() => {
      controller.abort("enough");
      return { done: true, value: undefined };
    });
    expect(await rejection(buffer(iterator, 1, { signal: controller.signal }).next())).toBe("enough");
    expect(seen).toStrictEqual({ closed: 0, closedWithin: 0 });
  });
});

test("a source that was opened and never asked is closed when the next one cannot be opened", async () => {
  const error = new Error("cannot be opened");
  const { iterator, seen } = plain(() => ({ done: false, value: 1 }));
  const broken: Iterable<number> = {
    [Symbol.iterator]: () => {
      throw error;
    },
  };
  expect(await drain(merge([iterator, broken]))).toStrictEqual([{ thrown: error }]);
  expect(seen).toStrictEqual({ closed: 1, closedWithin: 0 });
});
