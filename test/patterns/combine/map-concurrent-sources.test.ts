import { mapConcurrent, sleep, type TaskContext } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { describe, expect, test } from "vitest";
import { complaints, deferred, flush, listeners, rejection } from "../../support/waiting.ts";
import { Source } from "./source.ts";

describe.each([
  ["a sync source", (source: Source) => source.sync()],
  ["an async source", (source: Source) => source.async()],
] as const)("mapConcurrent() of %s", (kind, open) => {
  const async = kind === "an async source";

  test("takes an item only when its call can start", async () => {
    using clock = virtualTime();
    const source = new Source(10);
    const waiting = observe(mapConcurrent(open(source), () => sleep(10), { concurrency: 3 }));
    await clock.advance(9);
    expect(source.taken).toBe(3);
    await clock.advance(1);
    expect(source.taken).toBe(6);
    await clock.advance(100);
    expect(waiting.status).toBe("fulfilled");
    expect(source).toMatchObject({ taken: 10, closed: 0, overlaps: 0 });
  });

  test("never takes two items at the same time, however many calls may run", async () => {
    const source = new Source(50);
    expect(await mapConcurrent(open(source), (n) => n)).toHaveLength(50);
    expect(source).toMatchObject({ taken: 50, overlaps: 0 });
  });

  test("aborts the siblings with the first failure, takes no further item, and rejects once those that run are over", async () => {
    const found = await complaints(async () => {
      using clock = virtualTime();
      const source = new Source(10);
      const error = new Error("first");
      const ends: unknown[] = [];
      const mapper = async (n: number, _: number, { signal }: TaskContext): Promise<void> => {
        if (n === 0) {
          await sleep(10);
          throw error;
        }
        // The second one does not listen.
        await sleep(50, n === 1 ? {} : { signal }).finally(() => ends.push([n, clock.now, signal.reason]));
        throw new Error("late");
      };
      const outcome = mapConcurrent(open(source), mapper, { concurrency: 3 });
      expect(await clock.run(() => rejection(outcome))).toBe(error);
      expect(ends).toStrictEqual([
        [2, 10, error],
        [1, 50, error],
      ]);
      expect(clock.now).toBe(50);
      expect(source).toMatchObject({ taken: 3, closed: 1 });
      expect(clock.pending).toStrictEqual([]);
    });
    expect(found).toStrictEqual([]);
  });

  test.each([undefined, null, 0, "", false])(
    "rejects with the falsy failure %s, thrown or rejected",
    async (error) => {
      const throwing = (): never => {
        throw error;
      };
      const [thrown, rejected] = [new Source(3), new Source(3)];
      expect(await rejection(mapConcurrent(open(thrown), throwing))).toBe(error);
      expect(thrown).toMatchObject({ taken: 1, closed: 1 });
      const reject = (): Promise<never> => Promise.reject(error);
      expect(await rejection(mapConcurrent(open(rejected), reject, { concurrency: 1 }))).toBe(error);
      expect(rejected).toMatchObject({ taken: 1, closed: 1 });
    },
  );

  test("follows the calls that run when aborted, then rejects with the reason itself", async () => {
    using clock = virtualTime();
    const controller = new AbortController();
    const { signal } = controller;
    const source = new Source(9);
    const signals: AbortSignal[] = [];
    const deaf = (_item: number, _index: number, context: TaskContext): Promise<void> => {
      signals.push(context.signal);
      return sleep(100);
    };
    const waiting = observe(mapConcurrent(open(source), deaf, { concurrency: 2, signal }));
    await clock.advance(10);
    expect(listeners(signal)).toBe(1);
    const reason = new Error("leave");
    controller.abort(reason);
    expect(signals.map((own) => own.reason)).toStrictEqual([reason, reason]);
    expect(source.closed).toBe(1);
    await clock.advance(89);
    expect(waiting.status).toBe("pending");
    await clock.advance(1_000);
    expect(waiting).toMatchObject({ status: "rejected", at: 100 });
    expect(waiting.reason).toBe(reason);
    expect(source).toMatchObject({ taken: 2, closed: 1 });
    expect(listeners(signal)).toBe(0);
  });

  test("keeps the first failure when an abort follows, and the abort's reason when a failure follows", async () => {
    using clock = virtualTime();
    const controller = new AbortController();
    const { signal } = controller;
    const failing = async (ms: number): Promise<void> => {
      await sleep(ms);
      throw ms;
    };
    const outcome = rejection(mapConcurrent([10, 30], failing, { signal }));
    await clock.advance(20);
    controller.abort(20);
    await clock.advance(20);
    expect(await outcome).toBe(10);
    const second = new AbortController();
    const aborted = rejection(mapConcurrent([10], failing, second));
    second.abort(5);
    await clock.advance(10);
    expect(await aborted).toBe(5);
  });

  test("does not even open the source when aborted before", async () => {
    const reason = new Error("before");
    let opened = 0;
    const source = {
      [async ? Symbol.asyncIterator : Symbol.iterator]: () => {
        opened++;
        return open(new Source(1));
      },
    } as unknown as Iterable<number>;
    const outcome = mapConcurrent(source, (n) => n, { signal: AbortSignal.abort(reason) });
    expect(await rejection(outcome)).toBe(reason);
    expect(opened).toBe(0);
  });

  test("makes no call for an item whose taking aborted the caller's signal, and closes the source", async () => {
    const controller = new AbortController();
    const source = new Source(3);
    source.onTake = () => controller.abort("enough");
    let calls = 0;
    expect(await rejection(mapConcurrent(open(source), () => ++calls, controller))).toBe("enough");
    await flush();
    expect(calls).toBe(0);
    expect(source).toMatchObject({ taken: 1, closed: 1 });
  });

  test("makes no further call when one aborts the caller's signal as it starts", async () => {
    const controller = new AbortController();
    const source = new Source(3);
    let calls = 0;
    const mapper = (): void => {
      calls++;
      controller.abort("enough");
    };
    expect(await rejection(mapConcurrent(open(source), mapper, controller))).toBe("enough");
    expect(calls).toBe(1);
    expect(source).toMatchObject({ taken: 1, closed: 1 });
  });

  test("rejects with the source's own failure once those that run are over, and does not close it", async () => {
    using clock = virtualTime();
    const error = new Error("torn");
    const source = new Source(3);
    source.onTake = () => {
      if (source.taken === 2) throw error;
    };
    let signal: AbortSignal | undefined;
    const mapper = async (_item: number, _index: number, context: TaskContext): Promise<void> => {
      ({ signal } = context);
      await sleep(10);
    };
    expect(await clock.run(() => rejection(mapConcurrent(open(source), mapper)))).toBe(error);
    expect(clock.now).toBe(10);
    expect(signal?.reason).toBe(error);
    expect(source).toMatchObject({ taken: 2, closed: 0 });
  });

  test("closes no source that has ended when a call fails later", async () => {
    using clock = virtualTime();
    const source = new Source(2);
    const error = new Error("late");
    const mapper = async (n: number): Promise<void> => {
      await sleep(10 * n);
      if (n === 1) throw error;
    };
    expect(await clock.run(() => rejection(mapConcurrent(open(source), mapper)))).toBe(error);
    expect(source).toMatchObject({ taken: 2, closed: 0 });
  });

  test("rejects with the failure also when the source cannot be closed or has no return()", async () => {
    const error = new Error("first");
    const fail = (): never => {
      throw error;
    };
    const broken = new Source(2);
    broken.onClose = () => {
      throw new Error("cannot close");
    };
    const found = await complaints(async () => {
      expect(await rejection(mapConcurrent(open(broken), fail))).toBe(error);
      const step = { done: false, value: 1 };
      const bare = {
        [async ? Symbol.asyncIterator : Symbol.iterator]: () => ({ next: () => step }),
      } as unknown as Iterable<number>;
      expect(await rejection(mapConcurrent(bare, fail))).toBe(error);
    });
    expect(broken.closed).toBe(1);
    expect(found).toStrictEqual([]);
  });
});

describe("mapConcurrent() of an async source", () => {
  test("waits for the source to close", async () => {
    using clock = virtualTime();
    const source = new Source(3);
    source.onClose = () => sleep(20);
    // One call at a time: the source owes nothing when it fails.
    const outcome = mapConcurrent(source.async(), () => Promise.reject(new Error("x")), { concurrency: 1 });
    await clock.run(() => rejection(outcome));
    expect(clock.now).toBe(20);
  });

  test("does not wait for a source that owes an item, but asks it to close", async () => {
    const found = await complaints(async () => {
      const controller = new AbortController();
      const source = new Source(3);
      source.onTake = () => deferred().promise;
      source.onClose = () => {
        throw new Error("cannot close");
      };
      const outcome = rejection(mapConcurrent(source.async(), (n) => n, controller));
      await flush();
      controller.abort("enough");
      expect(await outcome).toBe("enough");
      expect(source).toMatchObject({ taken: 1, closed: 1 });
      const generator = (async function* stuck(): AsyncGenerator<number> {
        yield 1;
        await deferred().promise;
      })();
      const error = new Error("down");
      expect(await rejection(mapConcurrent(generator, () => Promise.reject(error)))).toBe(error);
    });
    expect(found).toStrictEqual([]);
  });

  test("drops an item that comes after the abort, and a failure of the source", async () => {
    for (const late of ["item", "failure"] as const) {
      const found = await complaints(async () => {
        const controller = new AbortController();
        const source = new Source(3);
        const owed = deferred();
        source.onTake = () => owed.promise;
        let calls = 0;
        const outcome = rejection(mapConcurrent(source.async(), () => ++calls, controller));
        controller.abort("enough");
        if (late === "item") owed.resolve();
        else owed.reject(new Error("late"));
        expect(await outcome).toBe("enough");
        await flush();
        expect(calls).toBe(0);
        expect(source).toMatchObject({ taken: 1, closed: 1 });
      });
      expect(found).toStrictEqual([]);
    }
  });

  test("takes a source that throws instead of giving a promise for one that fails", async () => {
    const error = new Error("sync");
    const source = {
      [Symbol.asyncIterator]: () => ({
        next: (): never => {
          throw error;
        },
      }),
    };
    expect(await rejection(mapConcurrent(source, (n) => n))).toBe(error);
  });

  test("rejects with what the opening of a source throws, and leaves no listener", async () => {
    const { signal } = new AbortController();
    const error = new Error("cannot open");
    const source = {
      [Symbol.asyncIterator]: (): never => {
        throw error;
      },
    };
    expect(await rejection(mapConcurrent(source, (n) => n, { signal }))).toBe(error);
    expect(listeners(signal)).toBe(0);
  });

  test("prefers the async way of a source that has both", async () => {
    const both = { ...new Source(1).async(), [Symbol.iterator]: () => new Source(5).sync() };
    expect(await mapConcurrent(both, (n) => n)).toStrictEqual([0]);
  });
});
