import { virtualTime } from "yieldpoint/testing";
import { afterEach, expect, test, vi } from "vitest";
import { eventLoopClock, seeHandle } from "../../../src/patterns/core/runtime.ts";
import { startTimer } from "../../../src/patterns/core/timer.ts";

afterEach(() => vi.unstubAllGlobals());

test("the event loop's clock is known once a timer was armed on it, and only while it is the global one", () => {
  const { setTimeout, clearTimeout } = globalThis;
  startTimer(1_000, () => {})();
  expect(eventLoopClock()).toStrictEqual({ setTimeout, clearTimeout });
  {
    using _ = virtualTime();
    expect(eventLoopClock()).toBe(undefined);
    startTimer(1_000, () => {})();
    expect(eventLoopClock()).toBe(undefined);
  }
  expect(eventLoopClock()).toStrictEqual({ setTimeout, clearTimeout });
});

test.each([1, "1", null, undefined, {}, { id: 1, unref: () => {} }])(
  "a clock that gives the handle %j is not taken for the event loop's",
  (handle) => {
    const clock = { setTimeout: () => handle, clearTimeout };
    vi.stubGlobal("setTimeout", clock.setTimeout);
    seeHandle(handle, clock);
    expect(eventLoopClock()).toBe(undefined);
    seeHandle({ _idleStart: 5 }, clock);
    expect(eventLoopClock()).toBe(clock);
  },
);

test("a timer stays on the clock that it began on", async () => {
  const fired: string[] = [];
  const clock = virtualTime();
  const cancel = startTimer(5, () => fired.push("cancelled"));
  startTimer(2 ** 31 + 5, () => fired.push("long"));
  const { setTimeout: arm, clearTimeout: clear } = globalThis;
  const other = vi.fn<typeof setTimeout>();
  vi.stubGlobal("setTimeout", other);
  vi.stubGlobal("clearTimeout", other);
  cancel();
  await clock.advance(2 ** 31 + 5);
  vi.stubGlobal("setTimeout", arm);
  vi.stubGlobal("clearTimeout", clear);
  clock[Symbol.dispose]();
  expect(fired).toStrictEqual(["long"]);
  expect(other).not.toHaveBeenCalled();
});
