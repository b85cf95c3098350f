import * as fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { chaos, sleep, type ChaosOptions } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";

type Met = "task" | "fault" | "result";

/** What the next calls meet with, one after the other. */
async function meets(options: ChaosOptions<string>, calls: number): Promise<Met[]> {
  const policy = chaos({ fault: () => "fault", result: "result", ...options });
  const met: Met[] = [];
  for (let n = 0; n < calls; n++) {
    met.push((await policy.execute(() => "task").catch((fault: unknown) => fault)) as Met);
  }
  return met;
}

/** Which calls are held up. */
async function heldUp(options: ChaosOptions<never>, calls: number): Promise<boolean[]> {
  using clock = virtualTime();
  const policy = chaos({ latency: 1, ...options });
  const held: boolean[] = [];
  for (let n = 0; n < calls; n++) {
    const before = clock.now;
    await clock.run(() => policy.execute(() => {}).catch(() => {}));
    held.push(clock.now > before);
  }
  return held;
}

const hits = (met: readonly Met[], what: Met): boolean[] => met.map((each) => each === what);

afterEach(() => {
  vi.restoreAllMocks();
});

describe("chaos({ seed })", () => {
  test("the same seed, the same sequence; another, another", async () => {
    const options = { faultRate: 0.3, resultRate: 0.3, seed: 42 };
    const met = await meets(options, 200);
    expect(await meets(options, 200)).toEqual(met);
    for (const seed of [43, 41, 45, -42, 0]) expect(await meets({ ...options, seed }, 200)).not.toEqual(met);
    expect(new Set(met)).toEqual(new Set(["task", "fault", "result"]));
  });

  test("the sequence stays the same from release to release", async () => {
    const initials = async (seed: number): Promise<string> =>
      (await meets({ faultRate: 0.3, resultRate: 0.3, seed }, 24)).map((met) => met[0]).join("");
    expect([await initials(1), await initials(2)]).toEqual([
      "ftfrfftrtfrtftfrtftttftt",
      "tttfrttttfttfrtrftttfttt",
    ]);
  });

  test("without one, each policy has its own, and tells it, so that its sequence can be had again", async () => {
    vi.spyOn(Math, "random").mockReturnValueOnce(0.5).mockReturnValueOnce(0.999_999_999_9);
    expect([chaos().stats().seed, chaos().stats().seed]).toEqual([2 ** 31, 2 ** 32 - 1]);
    vi.restoreAllMocks();
    const policy = chaos({ faultRate: 0.5, fault: () => "fault" });
    const met: unknown[] = [];
    for (let n = 0; n < 50; n++)
      met.push(await policy.execute(() => "task").catch((fault: unknown) => fault));
    const { seed } = policy.stats();
    expect(await meets({ faultRate: 0.5, seed }, 50)).toEqual(met);
    expect(chaos().stats().seed).not.toBe(seed);
  });

  test.each([0, -1, 2 ** 31, 2 ** 32 + 7, Number.MAX_SAFE_INTEGER])("takes %d", async (seed) => {
    const met = await meets({ faultRate: 0.5, seed }, 100);
    expect(new Set(met)).toEqual(new Set(["task", "fault"]));
  });
});

describe("chaos(): each kind has a sequence of its own", () => {
  const seed = 7;

  test("a change of one rate leaves the others' hits as they are", async () => {
    const faults = hits(await meets({ faultRate: 0.2, seed }, 300), "fault");
    expect(hits(await meets({ faultRate: 0.2, resultRate: 0.7, seed }, 300), "fault")).toEqual(faults);
    const results = hits(await meets({ resultRate: 0.2, seed }, 300), "result");
    const both = await meets({ resultRate: 0.2, faultRate: 0.5, seed }, 300);
    // A fault goes before a result.
    both.forEach((met, n) => {
      if (met !== "fault") expect(met === "result").toBe(results[n]);
    });
    const held = await heldUp({ latencyRate: 0.2, seed }, 300);
    expect(await heldUp({ latencyRate: 0.2, faultRate: 0.5, seed }, 300)).toEqual(held);
  });

  test("the kinds hit different calls", async () => {
    const faults = hits(await meets({ faultRate: 0.5, seed }, 300), "fault");
    const results = hits(await meets({ resultRate: 0.5, seed }, 300), "result");
    const held = await heldUp({ latencyRate: 0.5, seed }, 300);
    const both = (one: boolean[], other: boolean[]): number => one.filter((hit, n) => hit && other[n]).length;
    // Of 300 calls, two independent halves share about 75.
    for (const shared of [both(faults, results), both(faults, held), both(results, held)]) {
      expect(shared).toBeGreaterThan(50);
      expect(shared).toBeLessThan(100);
    }
  });

  test("the numbers that a function draws are its call's own: nothing shifts, however many it draws", async () => {
    const drawing = (many: number) => (random: () => number) => {
      for (let n = 0; n < many; n++) random();
      return "fault";
    };
    const one = await meets({ faultRate: 0.4, resultRate: 0.4, seed, fault: drawing(1) }, 100);
    const ten = await meets({ faultRate: 0.4, resultRate: 0.4, seed, fault: drawing(10) }, 100);
    expect(ten).toEqual(one);
  });

  test("it is the order of the calls that counts, not that in which they end", async () => {
    using clock = virtualTime();
    const run = async (latency: (n: number) => number) => {
      let calls = 0;
      const policy = chaos({
        latencyRate: 1,
        latency: () => latency(calls++),
        faultRate: 0.5,
        fault: (random) => random(),
        seed,
      });
      const all = Array.from({ length: 20 }, () => observe(policy.execute(() => sleep(1))));
      await clock.advance(1_000);
      return all.map(({ status, reason }) => [status, reason]);
    };
    const forwards = await run((n) => 10 * n);
    expect(await run((n) => 500 - 10 * n)).toEqual(forwards);
    expect(new Set(forwards.map(([status]) => status))).toEqual(new Set(["rejected", "fulfilled"]));
  });
});

describe("chaos(): a rate", () => {
  const rates = fc.tuple(
    fc.integer(),
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.double({ min: 0, max: 1, noNaN: true }),
  );

  test("that is higher hits the same calls, and some more", async () => {
    const property = fc.asyncProperty(rates, async ([seed, ...two]) => {
      const [less, more] = [Math.min(...two), Math.max(...two)];
      const few = hits(await meets({ faultRate: less, seed }, 50), "fault");
      const many = hits(await meets({ faultRate: more, seed }, 50), "fault");
      few.forEach((hit, n) => {
        if (hit) expect(many[n]).toBe(true);
      });
    });
    await fc.assert(property, { seed: 11, numRuns: 100 });
  });

  test("of 0 hits none, of 1 all, for any seed", async () => {
    const property = fc.asyncProperty(fc.integer(), async (seed) => {
      expect(new Set(await meets({ faultRate: 0, seed }, 50))).toEqual(new Set(["task"]));
      expect(new Set(await meets({ faultRate: 1, seed }, 50))).toEqual(new Set(["fault"]));
      expect(new Set(await meets({ resultRate: 1, seed }, 50))).toEqual(new Set(["result"]));
    });
    await fc.assert(property, { seed: 12, numRuns: 50 });
  });

  test.each([1, 2, 3, 1_000_000])("is kept to, with seed %d", async (seed) => {
    const calls = 5_000;
    for (const rate of [0.05, 0.5, 0.9]) {
      const faults = hits(await meets({ faultRate: rate, seed }, calls), "fault").filter(Boolean).length;
      // Five times the standard deviation.
      expect(Math.abs(faults - rate * calls)).toBeLessThan(5 * Math.sqrt(calls * rate * (1 - rate)));
    }
  });

  test("hits calls that are neighbours as often as if they were not", async () => {
    const met = hits(await meets({ faultRate: 0.5, seed: 5 }, 4_000), "fault");
    for (const distance of [1, 2, 3, 4]) {
      const same = met.filter((hit, n) => hit === met[n + distance]).length;
      expect(Math.abs(same - 2_000)).toBeLessThan(160);
    }
  });
});
