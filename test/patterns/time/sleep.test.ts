import { sleep } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { afterEach, expect, test, vi } from "vitest";
import { untyped } from "../../support/untyped.ts";
import { listeners, rejection } from "../../support/waiting.ts";

afterEach(() => vi.restoreAllMocks());

test.each([0, 1, 5_000, 2 ** 31 - 1, 2 ** 31, 2 ** 33])(
  "sleep(%d) takes so long, and leaves no timer",
  async (ms) => {
    using clock = virtualTime();
    const sleeping = observe(sleep(ms));
    if (ms > 0) {
      await clock.advance(ms - 1);
      expect(sleeping.status).toBe("pending");
      await clock.advance(1);
    } else {
      await clock.advance(0);
    }
    expect(sleeping).toMatchObject({ status: "fulfilled", value: undefined, at: ms });
    expect(clock.pending).toStrictEqual([]);
  },
);

test("sleep(Infinity) arms no timer and lasts until it is aborted", async () => {
  using clock = virtualTime();
  const controller = new AbortController();
  const sleeping = observe(sleep(Infinity, { signal: controller.signal }));
  expect(clock.pending).toStrictEqual([]);
  await clock.advance(2 ** 40);
  expect(sleeping.status).toBe("pending");
  controller.abort("enough");
  await clock.advance(0);
  expect(sleeping).toMatchObject({ status: "rejected", reason: "enough" });
});

test("sleep() of more than 2^31 ms is aborted on its way, leaving nothing", async () => {
  using clock = virtualTime();
  const controller = new AbortController();
  const sleeping = observe(sleep(2 ** 32, { signal: controller.signal }));
  await clock.advance(2 ** 31 + 10);
  controller.abort("enough");
  expect(clock.pending).toStrictEqual([]);
  expect(listeners(controller.signal)).toBe(0);
  await clock.advance(0);
  expect(sleeping).toMatchObject({ status: "rejected", reason: "enough", at: 2 ** 31 + 10 });
});

test("sleep() wakes in the order of the due times, and of the calls where they are equal", async () => {
  using clock = virtualTime();
  const order: string[] = [];
  const nap = async (ms: number, name: string): Promise<void> => {
    await sleep(ms);
    order.push(name);
  };
  await clock.run(() => Promise.all([nap(20, "c"), nap(10, "a"), nap(10, "b"), nap(0, "first")]));
  expect(order).toStrictEqual(["first", "a", "b", "c"]);
});

test("sleep() never wakes its caller synchronously, not even for 0 ms", () => {
  using clock = virtualTime();
  const sleeping = observe(sleep(0));
  expect(sleeping.status).toBe("pending");
  expect(clock.pending).toHaveLength(1);
});

test("sleep({ unref: true }) does not keep the process alive, sleep() does", async () => {
  const arm = vi.spyOn(globalThis, "setTimeout");
  const controller = new AbortController();
  const { signal } = controller;
  const sleeping = [
    sleep(60_000, { signal, unref: true }),
    sleep(60_000, { signal }),
    sleep(60_000, { signal, unref: undefined }),
  ];
  expect(arm.mock.results.map(({ value }) => value.hasRef())).toStrictEqual([false, true, true]);
  controller.abort();
  await Promise.allSettled(sleeping);
});

test.each([
  [-1, "-1", RangeError],
  [NaN, "NaN", RangeError],
  [-Infinity, "-Infinity", RangeError],
  ["5", '"5"', TypeError],
  [undefined, "undefined", TypeError],
  [null, "null", TypeError],
  [{}, "Object", TypeError],
])("sleep(%s) is refused, and arms nothing", async (ms, got, type) => {
  using clock = virtualTime();
  const expected = new type(`sleep: ms must be a number >= 0, got ${got}`);
  expect(await rejection(untyped(sleep, ms))).toStrictEqual(expected);
  expect(clock.pending).toStrictEqual([]);
});
