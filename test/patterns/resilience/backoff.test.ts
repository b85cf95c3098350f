import * as fc from "fast-check";
import { describe, expect, expectTypeOf, test } from "vitest";
import { backoff, type Backoff, type Jitter } from "yieldpoint";

/** The first waits of a backoff, each told the one before. */
function waits(wait: Backoff, count: number): number[] {
  const all: number[] = [];
  for (let attempt = 1; attempt <= count; attempt++) all.push(wait(attempt, all.at(-1) ?? 0));
  return all;
}

function given(...shares: number[]): () => number {
  let next = 0;
  return () => shares[next++ % shares.length] as number;
}

describe("backoff.exponential()", () => {
  test("without jitter doubles from 100 ms up to 30,000 ms", () => {
    const wait = backoff.exponential({ jitter: "none" });
    expect(waits(wait, 11)).toEqual([
      100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000,
    ]);
  });

  test("honours initial, factor and max", () => {
    const wait = backoff.exponential({ initial: 10, factor: 3, max: 200, jitter: "none" });
    expect(waits(wait, 5)).toEqual([10, 30, 90, 200, 200]);
  });

  test("has full jitter by default: any share of the wait", () => {
    expect(waits(backoff.exponential({ random: given(0, 0.5, 0.25) }), 3)).toEqual([0, 100, 100]);
  });

  test("full jitter never exceeds max", () => {
    const wait = backoff.exponential({ max: 500, jitter: "full", random: () => 0.999 });
    expect(Math.max(...waits(wait, 20))).toBeLessThan(500);
  });

  test("equal jitter keeps half of the wait and takes a share of the other", () => {
    const wait = backoff.exponential({ jitter: "equal", random: given(0, 0.5, 0.75) });
    expect(waits(wait, 3)).toEqual([50, 150, 350]);
  });

  test("decorrelated jitter goes from initial to three times the previous wait, up to max", () => {
    const wait = backoff.exponential({ max: 1_000, jitter: "decorrelated", random: () => 0.5 });
    // 100 + 0.5 * (3 * 100 - 100), 100 + 0.5 * (3 * 200 - 100), …
    expect(waits(wait, 5)).toEqual([200, 350, 575, 912.5, 1_000]);
  });

  test("decorrelated jitter at its least stays at initial", () => {
    expect(waits(backoff.exponential({ jitter: "decorrelated", random: () => 0 }), 3)).toEqual([
      100, 100, 100,
    ]);
  });

  test("no jitter asks for no random number", () => {
    const wait = backoff.exponential({
      jitter: "none",
      random: () => {
        throw new Error("asked");
      },
    });
    expect(wait(1, 0)).toBe(100);
  });

  test("uses Math.random as it is at the call, not as it was at the import", () => {
    const wait = backoff.exponential();
    const original = Math.random;
    Math.random = () => 0.125;
    try {
      expect(wait(1, 0)).toBe(12.5);
    } finally {
      Math.random = original;
    }
  });

  test.each(["none", "full", "equal", "decorrelated"] as const)(
    "jitter %s does not overflow at attempt 5000",
    (jitter) => {
      const wait = backoff.exponential({ jitter, random: () => 0.5 });
      expect(wait(5_000, 30_000)).toBe(
        { none: 30_000, full: 15_000, equal: 22_500, decorrelated: 30_000 }[jitter],
      );
    },
  );

  test("with initial 0 the waits stay 0, also at attempt 5000", () => {
    expect(backoff.exponential({ initial: 0 })(5_000, 0)).toBe(0);
    expect(backoff.exponential({ initial: 0, jitter: "none" })(5_000, 0)).toBe(0);
  });

  test("every wait is a number within its bounds, whatever the options", () => {
    const options = fc.record({
      initial: fc.double({ min: 0, max: 1e9, noNaN: true }),
      factor: fc.double({ min: 1, max: 1e6, noNaN: true }),
      max: fc.oneof(fc.double({ min: 0, max: 1e9, noNaN: true }), fc.constant(Infinity)),
      jitter: fc.constantFrom<Jitter>("none", "full", "equal", "decorrelated"),
      share: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      attempt: fc.integer({ min: 1, max: 10_000 }),
      previous: fc.double({ min: 0, max: 1e9, noNaN: true }),
    });
    const property = fc.property(options, ({ share, attempt, previous, ...rest }) => {
      const delay = backoff.exponential({ ...rest, random: () => share })(attempt, previous);
      expect(delay).toBeGreaterThanOrEqual(0);
      expect(delay).toBeLessThanOrEqual(rest.max);
    });
    fc.assert(property, { seed: 20_261, numRuns: 2_000 });
  });
});

describe("backoff.linear()", () => {
  test("grows by initial from 100 ms up to 30,000 ms", () => {
    expect(waits(backoff.linear(), 3)).toEqual([100, 200, 300]);
    expect(backoff.linear()(5_000, 0)).toBe(30_000);
  });

  test("honours initial, step and max", () => {
    expect(waits(backoff.linear({ initial: 50, step: 25, max: 90 }), 4)).toEqual([50, 75, 90, 90]);
    expect(waits(backoff.linear({ initial: 50, step: 0 }), 2)).toEqual([50, 50]);
    expect(waits(backoff.linear({ step: Infinity }), 2)).toEqual([100, 30_000]);
    expect(waits(backoff.linear({ initial: Infinity, max: Infinity }), 2)).toEqual([Infinity, Infinity]);
  });
});

test("backoff.constant() waits the same each time", () => {
  expect(waits(backoff.constant(250), 3)).toEqual([250, 250, 250]);
  expect(backoff.constant(0)(1, 0)).toBe(0);
  expect(backoff.constant(Infinity)(1, 0)).toBe(Infinity);
});

describe("backoff: bad arguments", () => {
  const bad = (value: unknown) => value as never;

  test.each<[message: string, call: () => unknown]>([
    [
      "backoff.exponential: initial must be a number >= 0, got -1",
      () => backoff.exponential({ initial: -1 }),
    ],
    [
      "backoff.exponential: factor must be a number >= 1, got 0.5",
      () => backoff.exponential({ factor: 0.5 }),
    ],
    [
      "backoff.exponential: max must be a number >= 0, got NaN",
      () => backoff.exponential({ max: Number.NaN }),
    ],
    ["backoff.linear: initial must be a number >= 0, got NaN", () => backoff.linear({ initial: Number.NaN })],
    ["backoff.linear: step must be a number >= 0, got -1", () => backoff.linear({ step: -1 })],
    ["backoff.linear: max must be a number >= 0, got -1", () => backoff.linear({ max: -1 })],
    ["backoff.constant: ms must be a number >= 0, got -5", () => backoff.constant(-5)],
  ])("a RangeError says %s", (message, call) => {
    expect(call).toThrow(new RangeError(message));
  });

  test.each<[message: string, call: () => unknown]>([
    [
      'backoff.exponential: initial must be a number >= 0, got "1"',
      () => backoff.exponential({ initial: bad("1") }),
    ],
    [
      'backoff.exponential: jitter must be "none" or "full" or "equal" or "decorrelated", got "half"',
      () => backoff.exponential({ jitter: bad("half") }),
    ],
    [
      "backoff.exponential: random must be a function, got null",
      () => backoff.exponential({ random: bad(null) }),
    ],
    ["backoff.constant: ms must be a number >= 0, got undefined", () => backoff.constant(bad(undefined))],
  ])("a TypeError says %s", (message, call) => {
    expect(call).toThrow(new TypeError(message));
  });
});

test("backoff: types", () => {
  expectTypeOf(backoff.exponential()).toEqualTypeOf<Backoff>();
  expectTypeOf(backoff.linear({ step: undefined })).toEqualTypeOf<Backoff>();
  expectTypeOf(backoff.constant(1)).toEqualTypeOf<Backoff>();
});
