import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { recordTimeline, scenario, virtualTime } from "../../src/testing/index.ts";

/** Calls a function as plain JavaScript would, whatever its types forbid. */
function untyped(fn: (...args: never[]) => unknown, ...args: unknown[]): () => unknown {
  return () => Reflect.apply(fn, undefined, args);
}

describe("virtualTime() refuses", () => {
  test.each([
    [new TypeError('virtualTime: realIO must be "reject" or "allow", got "no"'), { realIO: "no" }],
    [new TypeError('virtualTime: realIO must be "reject" or "allow", got false'), { realIO: false }],
    [new TypeError('virtualTime: realIO must be "reject" or "allow", got null'), { realIO: null }],
    [new RangeError("virtualTime: maxTimers must be an integer >= 1, got 0.5"), { maxTimers: 0.5 }],
    [new TypeError('virtualTime: maxTimers must be an integer >= 1, got "9"'), { maxTimers: "9" }],
  ])("%s", (error, options) => {
    expect(untyped(virtualTime, options)).toThrow(error);
    using clock = virtualTime({ realIO: undefined });
    expect(clock.now).toBe(0);
  });

  test("to run what is no function, such as a promise", async () => {
    using clock = virtualTime();
    await expect(untyped(clock.run, sleep(10))()).rejects.toThrow(
      new TypeError("run: body must be a function, got Promise"),
    );
    await clock.run(() => sleep(10));
    expect(clock.now).toBe(10);
  });
});

describe("scenario() refuses", () => {
  test.each([
    [new TypeError('scenario: leaks must be "note" or "fail", got "yes"'), { leaks: "yes" }],
    [
      new TypeError('scenario: floating must be "note" or "fail", got Symbol(fail)'),
      { floating: Symbol("fail") },
    ],
  ])("%s", (error, options) => {
    expect(untyped(scenario, () => {}, options)).toThrow(error);
  });

  test("a body that is no function", () => {
    expect(untyped(scenario, {})).toThrow(new TypeError("scenario: body must be a function, got Object"));
  });
});

describe("recordTimeline() refuses", () => {
  test("what is no clock", () => {
    const message = "recordTimeline: clock.now must be a number, got";
    expect(untyped(recordTimeline)).toThrow(new TypeError(`${message} undefined`));
    expect(untyped(recordTimeline, null)).toThrow(new TypeError(`${message} undefined`));
    expect(untyped(recordTimeline, Date)).toThrow(new TypeError(`${message} Function`));
  });
});

describe("service() refuses", () => {
  const { service } = recordTimeline({ now: 0 });
  const range = 'service "x": ms must be a number from 0 to 2147483647, got';

  test.each([
    [new RangeError(`${range} -1`), ["x", -1]],
    [new RangeError(`${range} NaN`), ["x", NaN]],
    [new RangeError(`${range} 2147483648`), ["x", 2 ** 31]],
    [new TypeError(`${range} "100"`), ["x", "100"]],
    [new TypeError(`${range} undefined`), ["x"]],
    [new TypeError("service: name must be a string, got Array"), [["x"], 100]],
    [
      new TypeError('service: onAbort must be "reject" or "ignore", got "stop"'),
      ["x", 1, { onAbort: "stop" }],
    ],
  ])("%s", (error, args) => {
    expect(untyped(service, ...args)).toThrow(error);
  });

  test("a call for which the function gives no such time, and records nothing of it", async () => {
    using clock = virtualTime();
    const recorder = recordTimeline(clock);
    const shrinking = recorder.service("x", (call) => 5 - 5 * call);
    await clock.run(() => shrinking());
    await expect(shrinking()).rejects.toThrow(new RangeError(`${range} -5`));
    expect(recorder.spans).toHaveLength(1);
    expect([shrinking.calls, shrinking.active, recorder.active]).toEqual([2, 0, 0]);
  });

  test("nothing between the shortest and the longest time", async () => {
    using clock = virtualTime();
    const recorder = recordTimeline(clock);
    await clock.run(() =>
      Promise.all([recorder.service("least", 0)(), recorder.service("most", 2 ** 31 - 1)()]),
    );
    expect(recorder.spans.map(({ end }) => end)).toEqual([0, 2 ** 31 - 1]);
  });
});
