import { mapStream, type TaskContext } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { describe, expect, test } from "vitest";
import { item, silence, WatchedSource } from "../../support/sources.ts";
import { complaints, deferred, rejection } from "../../support/waiting.ts";
import { deaf, nap } from "./naps.ts";

describe("mapStream() when it is left or aborted", () => {
  test("tells the calls whose results were not given, and not the others", async () => {
    for (const way of ["break", "abort"]) {
      using clock = virtualTime();
      const controller = new AbortController();
      const reason = new Error("enough");
      const signals: AbortSignal[] = [];
      const work = async (ms: number, index: number, context: TaskContext): Promise<number> => {
        signals.push(context.signal);
        return nap(ms, index, context);
      };
      const options = { concurrency: 3, signal: controller.signal };
      const stream = mapStream([1, 2, 100, 5, 6], work, options);
      await clock.run(() => stream.next());
      await clock.advance(50);
      if (way === "break") {
        await stream.return();
        expect(signals[1]?.reason).toMatchObject({ name: "AbortError" });
      } else {
        controller.abort(reason);
        expect(signals.slice(1).map((signal) => signal.reason)).toStrictEqual([reason, reason, reason]);
        expect(await rejection(stream.next())).toBe(reason);
      }
      expect(signals.map(({ aborted }) => aborted)).toStrictEqual([false, true, true, true]);
      expect(clock.pending).toStrictEqual([]);
    }
  });

  test.each(["break", "abort"])("follows calls that do not listen to their end (%s)", async (way) => {
    for (const ordered of [true, false]) {
      using clock = virtualTime();
      const controller = new AbortController();
      const stream = mapStream([1, 100, 100], deaf, {
        concurrency: 2,
        ordered,
        signal: controller.signal,
      });
      await clock.run(() => stream.next());
      if (way === "abort") controller.abort("enough");
      const leaving = observe(way === "break" ? stream.return() : stream.next());
      await clock.advance(90);
      expect(leaving.status).toBe("pending");
      await clock.advance(20);
      if (way === "break") expect(leaving.value).toStrictEqual({ done: true, value: undefined });
      else expect(leaving.reason).toBe("enough");
      // The third began when the first was used.
      expect(leaving.at).toBe(101);
    }
  });

  test("ignores what the calls end with then", async () => {
    const found = await complaints(async () => {
      for (const ordered of [true, false]) {
        const calls = [deferred<number>(), deferred<number>()];
        const work = (index: number): Promise<number> | undefined => calls[index]?.promise;
        const stream = mapStream([0, 1, 2], work, { concurrency: 2, ordered });
        const waiting = stream.next();
        const leaving = stream.return();
        calls[0]?.reject(new Error("late"));
        calls[1]?.resolve(1);
        expect(await waiting).toStrictEqual({ done: true, value: undefined });
        expect(await leaving).toStrictEqual({ done: true, value: undefined });
      }
    });
    expect(found).toStrictEqual([]);
  });

  test("by a call as it starts, makes no further call", async () => {
    const controller = new AbortController();
    let calls = 0;
    const work = (): void => {
      calls++;
      controller.abort("inside");
    };
    const stream = mapStream([1, 2, 3], work, { concurrency: 3, signal: controller.signal });
    expect(await rejection(stream.next())).toBe("inside");
    expect(calls).toBe(1);
  });

  test("ends at once where nothing runs, though the source is silent", async () => {
    const source = new WatchedSource(item(1), silence);
    for await (const _ of mapStream(source, (n) => n, { concurrency: 2 })) break;
    expect(source.closed).toBe(1);
  });
});
