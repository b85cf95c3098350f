import { AsyncLocalStorage } from "node:async_hooks";
import { getEventListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { timeout } from "yieldpoint";
import { interleavings, type Interleaving, type InterleavingsOptions } from "../../src/testing/index.ts";

/** What the orders wrote down, one string each, in the order in which they were run. */
async function written(
  body: (s: Interleaving, write: (text: string) => void) => unknown,
  options?: InterleavingsOptions,
): Promise<string[]> {
  const all: string[] = [];
  await interleavings(async (s) => {
    const line: string[] = [];
    await body(s, (text) => void line.push(text));
    all.push(line.join(" "));
  }, options);
  return all;
}

describe("interleavings() explores", () => {
  test("every order in which steps can resolve, once", async () => {
    const orders = await written(async ({ step }, write) => {
      const walk = async (name: string): Promise<void> => {
        for (const n of [1, 2]) {
          await step(`${name}${n}`);
          write(`${name}${n}`);
        }
      };
      await Promise.all([walk("a"), walk("b")]);
    });
    expect(orders).toEqual([
      "a1 b1 a2 b2",
      "a1 b1 b2 a2",
      "a1 a2 b1 b2",
      "b1 a1 b2 a2",
      "b1 a1 a2 b2",
      "b1 b2 a1 a2",
    ]);
  });

  test("the order of beginning first", async () => {
    const [first] = await written(async ({ step }, write) => {
      await Promise.all(["a", "b", "c"].map((name) => step(name).then(() => write(name))));
    });
    expect(first).toBe("a b c");
  });

  test("steps that begin once others have resolved, and in turns that take many microtasks", async () => {
    const orders = await written(async ({ step }, write) => {
      const late = async (): Promise<void> => {
        for (let n = 0; n < 100; n++) await Promise.resolve();
        await step("late");
        write("late");
      };
      await Promise.all([late(), step("early").then(() => write("early"))]);
    });
    expect(orders).toEqual(["early late", "late early"]);
  });

  test("one order where there is nothing to choose", async () => {
    expect(await interleavings(() => 5)).toEqual({ orders: 1, complete: true });
    const inTurn = async ({ step }: Interleaving): Promise<void> => {
      await step("a");
      await step("b");
    };
    expect(await interleavings(inTurn)).toEqual({ orders: 1, complete: true });
  });

  test("and tells how many orders there were", async () => {
    const body = ({ step }: Interleaving): unknown =>
      Promise.all(["a", "b", "c", "d"].map((name) => step(name)));
    expect(await interleavings(body)).toEqual({ orders: 24, complete: true });
    expect(await interleavings(body, { limit: 24 })).toEqual({ orders: 24, complete: true });
    expect(await interleavings(body, { limit: Infinity })).toEqual({ orders: 24, complete: true });
    expect(await interleavings(body, { limit: 23 })).toEqual({ orders: 46, complete: false });
  });

  test("no further when the body has ended, whatever steps still wait", async () => {
    const orders = await written(async ({ step }, write) => {
      void step("floating").then(() => write("floating"));
      await step("awaited");
      write("awaited");
    });
    expect(orders).toEqual(["floating awaited", "awaited"]);
  });
});

describe("of more orders than the limit, interleavings()", () => {
  const six = ["a", "b", "c", "d", "e", "f"];
  const body = async ({ step }: Interleaving, write: (text: string) => void): Promise<void> => {
    await Promise.all(six.map((name) => step(name).then(() => write(name))));
  };

  test("runs the first ones in turn, and then as many at random", async () => {
    const orders = await written(body, { limit: 50 });
    expect(orders).toHaveLength(100);
    const [inTurn, drawn] = [orders.slice(0, 50), orders.slice(50)];
    expect(new Set(inTurn).size).toBe(50);
    expect(new Set(inTurn.map((order) => order[0]))).toEqual(new Set(["a"]));
    expect(new Set(drawn.map((order) => order[0]))).toEqual(new Set(six));
  });

  test("draws the same with one seed, and others with another", async () => {
    const drawn = async (seed?: number): Promise<string[]> =>
      (await written(body, { limit: 20, seed })).slice(20);
    const first = await drawn(7);
    expect(await drawn(7)).toEqual(first);
    expect(await drawn(8)).not.toEqual(first);
    expect(await drawn(1)).toEqual(await drawn());
  });
});

describe("time in interleavings()", () => {
  test("starts afresh in each order, and stands still while steps resolve", async () => {
    const orders = await written(async ({ step, clock }, write) => {
      write(`${clock.now}`);
      await Promise.all([step("a"), step("b")]);
      write(`${clock.now}`);
      await sleep(10);
      write(`${clock.now}`);
    });
    expect(orders).toEqual(["0 0 10", "0 0 10"]);
  });

  test("may pass before a step resolves, which can take any time", async () => {
    const orders = await written(async ({ step }, write) => {
      const answer = timeout(({ signal }) => step("answer", { signal }), 100);
      write(
        await answer.then(
          () => "in time",
          () => "too late",
        ),
      );
    });
    expect(orders).toEqual(["in time", "too late"]);
  });

  test("keeps timers in their order", async () => {
    const orders = await written(async ({ step }, write) => {
      const timers = [20, 10].map((ms) => sleep(ms).then(() => write(`${ms}`)));
      await Promise.all([...timers, step("s").then(() => write("s"))]);
    });
    expect(orders).toEqual(["s 10 20", "10 s 20", "10 20 s"]);
  });

  test("is recorded: services take their time beside the steps", async () => {
    const ends: number[] = [];
    await interleavings(async ({ step, service, timeline }) => {
      await Promise.all([service("users", 50)(), step("a")]);
      await service("orders", 20)();
      ends.push(timeline.end);
    });
    expect(ends).toEqual([70, 70]);
  });

  test("can be moved by the body, and steps resolve before, meanwhile or after", async () => {
    const orders = await written(async ({ step, advance, clock }, write) => {
      const stepped = step("s").then(() => write(`s at ${clock.now}`));
      await sleep(5);
      await advance(10);
      write(`advanced to ${clock.now}`);
      await stepped;
    });
    expect(orders).toEqual(["s at 0 advanced to 15", "s at 5 advanced to 15", "advanced to 15 s at 15"]);
  });

  test("is restored afterwards, whether the body succeeds or fails", async () => {
    const before = globalThis.setTimeout;
    await interleavings(() => {
      expect(globalThis.setTimeout).not.toBe(before);
    });
    expect(globalThis.setTimeout).toBe(before);
    await expect(interleavings(() => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
    expect(globalThis.setTimeout).toBe(before);
  });
});

describe("a step", () => {
  test("rejects with the reason when its signal aborts, is out of the running, and leaves no listener", async () => {
    const reason = new Error("not needed any more");
    const orders = await written(async ({ step }, write) => {
      const controller = new AbortController();
      const { signal } = controller;
      const told = step("told", { signal }).then(
        () => write("resolved"),
        (error: unknown) => write(error === reason ? "rejected" : "wrong reason"),
      );
      await step("abort");
      controller.abort(reason);
      await told;
      write(`${getEventListeners(signal, "abort").length} listeners`);
    });
    expect(orders).toEqual(["resolved 0 listeners", "rejected 0 listeners"]);
  });

  test("whose signal has aborted before rejects at once", async () => {
    const explored = await interleavings(async ({ step }) => {
      const aborted = step("never", { signal: AbortSignal.abort("too late") });
      await Promise.all([expect(aborted).rejects.toBe("too late"), step("other")]);
    });
    expect(explored).toEqual({ orders: 1, complete: true });
  });

  test("that is aborted in the turn in which it began is told, too", async () => {
    const body = async ({ step }: Interleaving): Promise<void> => {
      const controller = new AbortController();
      const aborted = step("answer", { signal: controller.signal });
      controller.abort(new Error("not needed"));
      await aborted;
    };
    await expect(interleavings(body)).rejects.toThrow(/^not needed\n\n.*:\n {2}1\. answer: aborted\n/);
  });

  test("can be a task, with the task's own signal", async () => {
    const explored = await interleavings(async ({ step }) => {
      await timeout((context) => step("answer", context), Infinity);
    });
    expect(explored).toEqual({ orders: 1, complete: true });
  });

  test("keeps its caller's AsyncLocalStorage context", async () => {
    const storage = new AsyncLocalStorage<string>();
    await interleavings(async ({ step }) => {
      const visit = async (): Promise<void> => {
        const before = storage.getStore();
        await step(`${before}`);
        expect(storage.getStore()).toBe(before);
      };
      await Promise.all(["Ada", "Bob"].map((name) => storage.run(name, visit)));
    });
  });

  test("refuses a label that is no text", async () => {
    await interleavings(async ({ step }) => {
      await expect(Reflect.apply(step, undefined, [5])).rejects.toThrow(
        new RangeError("step: label must be a string, got 5"),
      );
    });
  });
});

describe("interleavings() refuses", () => {
  const body = (): void => {};
  const wrong: readonly (readonly [message: Error, options: object])[] = [
    [new RangeError("interleavings: limit must be an integer >= 1 or Infinity, got 0"), { limit: 0 }],
    [new RangeError("interleavings: limit must be an integer >= 1 or Infinity, got 1.5"), { limit: 1.5 }],
    [new TypeError('interleavings: limit must be an integer >= 1 or Infinity, got "9"'), { limit: "9" }],
    [new RangeError("interleavings: seed must be an integer, got NaN"), { seed: NaN }],
    [
      new TypeError('interleavings: order must be what a failure names, such as "0.2.1", got "1,2"'),
      { order: "1,2" },
    ],
    [
      new RangeError('interleavings: order must be what a failure names, such as "0.2.1", got 1'),
      { order: 1 },
    ],
    [new TypeError('interleavings: leaks must be "note" or "fail", got "no"'), { leaks: "no" }],
    [new TypeError('interleavings: floating must be "note" or "fail", got true'), { floating: true }],
    [new RangeError("virtualTime: maxTimers must be an integer >= 1, got 0"), { maxTimers: 0 }],
  ];
  test.each(wrong)("%s", async (error, options) => {
    await expect(interleavings(body, options)).rejects.toThrow(error);
  });

  test("a body that is no function", async () => {
    await expect(Reflect.apply(interleavings, undefined, [Promise.resolve()])).rejects.toThrow(
      new TypeError("interleavings: body must be a function, got Promise"),
    );
  });
});
