import { virtualTime } from "yieldpoint/testing";
import { afterEach, expect, test, vi } from "vitest";
import { startTimer } from "../../../src/patterns/core/timer.ts";

afterEach(() => vi.restoreAllMocks());

const LONGEST = 2 ** 31 - 1;

test.each([0, 1, 1_000, LONGEST, 2 ** 31, 2 ** 31 + 0.5, 3 * LONGEST, 1e10])(
  "startTimer() fires once, after %d ms and not before",
  async (ms) => {
    using clock = virtualTime();
    const fired: number[] = [];
    startTimer(ms, () => fired.push(clock.now));
    expect(clock.pending).toHaveLength(1);
    await clock.advance(Math.max(0, Math.trunc(ms) - 1));
    expect(fired).toStrictEqual(ms === 0 ? [0] : []);
    await clock.advance(5_000);
    expect(fired).toHaveLength(1);
    expect(Math.abs((fired[0] ?? NaN) - ms)).toBeLessThanOrEqual(0.5);
    expect(clock.pending).toStrictEqual([]);
  },
);

test("startTimer() asks the platform for no more than it keeps", async () => {
  using clock = virtualTime();
  const arm = vi.spyOn(globalThis, "setTimeout");
  startTimer(2 ** 31, () => {});
  await clock.advance(2 ** 31);
  expect(arm.mock.calls.map(([, ms]) => ms)).toStrictEqual([LONGEST, 1]);
});

test("startTimer() arms nothing for Infinity, and can be cancelled", () => {
  using clock = virtualTime();
  const cancel = startTimer(Infinity, () => {});
  expect(clock.pending).toStrictEqual([]);
  expect(cancel()).toBeUndefined();
});

test("startTimer() can be cancelled at once, on the way of a long wait, twice, and after it fired", async () => {
  using clock = virtualTime();
  const fired: string[] = [];
  const atOnce = startTimer(10, () => fired.push("at once"));
  atOnce();
  expect(clock.pending).toStrictEqual([]);
  const onTheWay = startTimer(3 * LONGEST, () => fired.push("on the way"));
  await clock.advance(LONGEST + 5);
  expect(clock.pending).toHaveLength(1);
  onTheWay();
  onTheWay();
  expect(clock.pending).toStrictEqual([]);
  const afterwards = startTimer(10, () => fired.push("fired"));
  await clock.advance(10);
  afterwards();
  expect(fired).toStrictEqual(["fired"]);
});

test("startTimer() unreferences each handle of a long wait, and none unless asked", async () => {
  using clock = virtualTime();
  const arm = vi.spyOn(globalThis, "setTimeout");
  const cancel = startTimer(2 * LONGEST, () => {}, true);
  await clock.advance(LONGEST);
  cancel();
  startTimer(5, () => {});
  expect(arm.mock.results.map(({ value }) => value.hasRef())).toStrictEqual([false, false, true]);
});

test("startTimer() works where a handle is a number, as in browsers", () => {
  const handles: number[] = [];
  vi.stubGlobal("setTimeout", () => 42);
  vi.stubGlobal("clearTimeout", (handle: number) => handles.push(handle));
  try {
    startTimer(5, () => {}, true)();
  } finally {
    vi.unstubAllGlobals();
  }
  expect(handles).toStrictEqual([42]);
});
