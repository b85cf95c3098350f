import { gather, sleep, type Task, type TaskContext } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { describe, expect, test } from "vitest";
import { complaints, deferred, flush, rejection } from "../../support/waiting.ts";
import { failAnyway } from "./tasks.ts";

describe("gather() at the first failure", () => {
  test("rejects with it at once, without waiting for those that run", async () => {
    using clock = virtualTime();
    const error = new Error("second");
    const deaf: Task<void> = () => sleep(1_000);
    const tasks = [deaf, failAnyway(10, error), failAnyway(20, new Error("third"))];
    expect(await clock.run(() => rejection(gather(tasks)))).toBe(error);
    expect(clock.now).toBe(10);
  });

  test("aborts the siblings with that error, so that no timer of theirs is left", async () => {
    using clock = virtualTime();
    const error = new Error("down");
    const reasons: unknown[] = [];
    const sibling: Task<void> = async ({ signal }) => {
      signal.addEventListener("abort", () => reasons.push(signal.reason));
      await sleep(1_000, { signal });
    };
    expect(await clock.run(() => rejection(gather([sibling, failAnyway(10, error), sibling])))).toBe(error);
    expect(reasons).toStrictEqual([error, error]);
    expect(reasons.every((reason) => reason === error)).toBe(true);
    expect(clock.pending).toStrictEqual([]);
  });

  test("shows an aborted signal to a sibling that looks only later", async () => {
    const { promise, resolve } = deferred();
    const error = new Error("down");
    const late = deferred<unknown>();
    const lateReader: Task<void> = async (context) => {
      await promise;
      late.resolve(context.signal.reason);
    };
    await rejection(gather([lateReader, () => Promise.reject(error)]));
    resolve();
    expect(await late.promise).toBe(error);
  });

  test("tells a sibling that looks only later of the first failure, not of a second one", async () => {
    const context = deferred<TaskContext>();
    const second = deferred();
    const error = new Error("first");
    const late: Task<void> = (own) => {
      context.resolve(own);
      return second.promise;
    };
    await rejection(gather([() => Promise.reject(error), late]));
    second.reject(new Error("second"));
    await flush();
    expect((await context.promise).signal.reason).toBe(error);
  });

  test("starts nothing further, neither then nor when the running ones end", async () => {
    using clock = virtualTime();
    const started: number[] = [];
    const count = (n: number, task: Task<unknown>) => (context: TaskContext) => {
      started.push(n);
      return task(context);
    };
    const deaf = (): Promise<void> => sleep(50);
    const tasks = [count(0, deaf), count(1, failAnyway(10, new Error("x"))), count(2, deaf), count(3, deaf)];
    await clock.run(() => rejection(gather(tasks, { concurrency: 2 })));
    await clock.advance(1_000);
    expect(started).toStrictEqual([0, 1]);
  });

  test("still calls the tasks beside a sync throw, which is a rejection", async () => {
    const error = new Error("sync");
    const started: number[] = [];
    const outcome = gather([
      () => {
        throw error;
      },
      () => started.push(2),
    ]);
    expect(await rejection(outcome)).toBe(error);
    expect(started).toStrictEqual([2]);
  });

  test.each([undefined, null, 0, "", false])(
    "rejects with the falsy error %s, thrown or rejected",
    async (error) => {
      const fine: Task<number> = () => 1;
      const thrown = gather([
        fine,
        () => {
          throw error;
        },
      ]);
      expect(await rejection(thrown)).toBe(error);
      expect(await rejection(gather({ a: fine, b: async () => Promise.reject(error) }))).toBe(error);
    },
  );

  test.each([null, 0, "", false])("aborts the siblings with the falsy error %s", async (error) => {
    let sibling: AbortSignal | undefined;
    const note: Task<void> = async ({ signal }) => {
      sibling = signal;
      await deferred().promise;
    };
    await rejection(gather([note, () => Promise.reject(error)]));
    expect(sibling?.aborted).toBe(true);
    expect(sibling?.reason).toBe(error);
  });

  test("leaves no unhandled rejection of any loser, however late and however it fails", async () => {
    const found = await complaints(async () => {
      using clock = virtualTime();
      const first = new Error("first");
      const tasks: Task<unknown>[] = [
        failAnyway(10, first),
        failAnyway(10, new Error("same time")),
        async () => {
          await sleep(50);
          throw new Error("late and deaf");
        },
        ({ signal }) => sleep(1_000, { signal }),
        () => Promise.reject(undefined),
      ];
      expect(await clock.run(() => rejection(gather(tasks.slice(0, 4))))).toBe(first);
      expect(await clock.run(() => rejection(gather(tasks)))).toBe(undefined);
      await clock.advance(2_000);
    });
    expect(found).toStrictEqual([]);
  });

  test("does not tell the caller's own signal", async () => {
    const controller = new AbortController();
    await rejection(gather([() => Promise.reject(new Error("x"))], { signal: controller.signal }));
    expect(controller.signal.aborted).toBe(false);
  });
});

describe("gather() when aborted from outside", () => {
  test("starts nothing when it was aborted before", async () => {
    let started = 0;
    const reason = new Error("before");
    const signal = AbortSignal.abort(reason);
    expect(await rejection(gather([() => ++started], { signal }))).toBe(reason);
    expect(await rejection(gather([], { signal }))).toBe(reason);
    expect(started).toBe(0);
  });

  test("tells the tasks the caller's reason, starts no more and lets go of those that do not listen", async () => {
    using clock = virtualTime();
    const controller = new AbortController();
    const signals: AbortSignal[] = [];
    const deaf: Task<void> = ({ signal }) => {
      signals.push(signal);
      return sleep(100);
    };
    const waiting = observe(gather([deaf, deaf, deaf], { concurrency: 2, signal: controller.signal }));
    await clock.advance(10);
    const reason = new Error("leave");
    controller.abort(reason);
    await clock.advance(1_000);
    expect(waiting).toMatchObject({ status: "rejected", at: 10 });
    expect(waiting.reason).toBe(reason);
    expect(signals.map((signal) => signal.reason)).toStrictEqual([reason, reason]);
  });

  test("starts no further task when a task itself aborts the caller's signal as it starts", async () => {
    const controller = new AbortController();
    const reason = new Error("stop all");
    const started: number[] = [];
    let own: AbortSignal | undefined;
    const found = await complaints(async () => {
      const outcome = gather(
        [
          ({ signal }) => {
            started.push(0);
            own = signal;
            controller.abort(reason);
            throw new Error("and fails");
          },
          () => started.push(1),
        ],
        { signal: controller.signal },
      );
      expect(await rejection(outcome)).toBe(reason);
    });
    expect(started).toStrictEqual([0]);
    expect(own?.reason).toBe(reason);
    expect(found).toStrictEqual([]);
  });

  test("leaves the tasks' signals alone when it is aborted after the end", async () => {
    const controller = new AbortController();
    let own: AbortSignal | undefined;
    const task: Task<void> = ({ signal }) => {
      own = signal;
    };
    await gather([task], { signal: controller.signal });
    controller.abort();
    expect(own?.aborted).toBe(false);
  });
});
