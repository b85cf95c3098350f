import * as fc from "fast-check";
import { expect, test } from "vitest";
import { RateLimiter, RateLimitError, type RateLimiterOptions } from "yieldpoint";
import { virtualTime, type VirtualClock } from "yieldpoint/testing";

interface Arrival {
  /** Milliseconds after the one before. */
  readonly after: number;
  readonly cost: number;
  /** Aborted so many milliseconds after its arrival, if it waits then. */
  readonly abortAfter: number | undefined;
  readonly how: "acquire" | "execute" | "tryAcquire";
  readonly maxWait: number;
}

interface Grant {
  readonly id: number;
  readonly at: number;
  readonly cost: number;
}

const arrival = (most: number): fc.Arbitrary<Arrival> =>
  fc.record({
    after: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 60 })),
    cost: fc.integer({ min: 1, max: most }),
    abortAfter: fc.option(fc.integer({ min: 0, max: 150 }), { nil: undefined, freq: 2 }),
    how: fc.constantFrom("acquire" as const, "execute" as const, "acquire" as const, "tryAcquire" as const),
    maxWait: fc.constantFrom(Infinity, Infinity, Infinity, 0, 100, 200),
  });

type Fate = "granted" | "aborted" | "refused" | "not now";

interface Played {
  readonly grants: readonly Grant[];
  readonly fates: readonly (Fate | undefined)[];
  /** When each call ended, if not by a grant. */
  readonly left: readonly number[];
}

/** Sends the arrivals to a limiter and writes down what becomes of them. */
async function play(
  clock: VirtualClock,
  limiter: RateLimiter,
  arrivals: readonly Arrival[],
): Promise<Played> {
  const grants: Grant[] = [];
  const fates: (Fate | undefined)[] = [];
  const left: number[] = [];
  const refuse = (id: number) => (error: unknown) => {
    if (error !== "aborted" && !(error instanceof RateLimitError)) throw error;
    fates[id] = error === "aborted" ? "aborted" : "refused";
    left[id] = performance.now();
  };
  const calls: Promise<unknown>[] = [];
  for (const [id, { after, cost, abortAfter, how, maxWait }] of arrivals.entries()) {
    await clock.advance(after);
    fates[id] = undefined;
    const grant = (): void => {
      grants.push({ id, at: performance.now(), cost });
      fates[id] = "granted";
    };
    if (how === "tryAcquire") {
      if (limiter.tryAcquire(cost)) grant();
      else fates[id] = "not now";
      continue;
    }
    const controller = new AbortController();
    const options = { cost, maxWait, signal: controller.signal };
    const call = how === "execute" ? limiter.execute(grant, options) : limiter.acquire(options).then(grant);
    calls.push(call.catch(refuse(id)));
    if (abortAfter !== undefined) setTimeout(() => controller.abort("aborted"), abortAfter);
    // Who need not wait has been granted by the time that the next one comes.
    await clock.advance(0);
  }
  await clock.advance(100_000);
  await Promise.all(calls);
  return { grants, fates, left };
}

/** The line of a limiter, by the definition of its algorithm, in whole milliseconds. */
function model(
  arrivals: readonly Arrival[],
  fits: (grants: readonly Grant[], at: number, cost: number) => boolean,
): Played {
  const grants: Grant[] = [];
  const fates: (Fate | undefined)[] = [];
  const left: number[] = [];
  let line: number[] = [];
  const comes: number[] = [];
  for (const { after } of arrivals) comes.push((comes.at(-1) ?? 0) + after);
  const of = (id: number): Arrival => arrivals[id] as Arrival;
  const end = (id: number, fate: Fate, at: number): void => {
    fates[id] = fate;
    left[id] = at;
    line = line.filter((other) => other !== id);
  };
  const serve = (at: number): void => {
    for (const id of line) {
      const { cost } = of(id);
      if (!fits(grants, at, cost)) return;
      grants.push({ id, at, cost });
      line = line.filter((other) => other !== id);
      fates[id] = "granted";
    }
  };
  /** How long the last of these would wait if nobody gave up. */
  const wait = (ids: readonly number[], at: number): number => {
    const planned = [...grants];
    let time = at;
    for (const id of ids) {
      while (!fits(planned, time, of(id).cost)) time++;
      planned.push({ id, at: time, cost: of(id).cost });
    }
    return time - at;
  };
  const last = (comes.at(-1) ?? 0) + 10_000;
  let next = 0;
  for (let at = 0; at <= last && (next < arrivals.length || line.length > 0); at++) {
    const aborts = (): void => {
      for (const id of line)
        if ((comes[id] as number) + (of(id).abortAfter ?? Infinity) === at) end(id, "aborted", at);
    };
    serve(at);
    aborts();
    serve(at);
    for (; comes[next] === at; next++) {
      const { how, maxWait, abortAfter } = of(next);
      line.push(next);
      serve(at);
      if (!line.includes(next)) continue;
      if (how === "tryAcquire") end(next, "not now", at);
      else if (wait(line, at) > maxWait) end(next, "refused", at);
      else if (abortAfter === 0) {
        end(next, "aborted", at);
        serve(at);
      }
    }
  }
  return { grants, fates, left };
}

const within = (grants: readonly Grant[], from: number): number =>
  grants.reduce((sum, { at, cost }) => sum + (at > from ? cost : 0), 0);

const rates = fc.record({
  limit: fc.integer({ min: 1, max: 6 }),
  interval: fc.constantFrom(1, 7, 50, 100, 100, 250),
});

const scenario = rates.chain(({ limit, interval }) =>
  fc.record({
    limit: fc.constant(limit),
    interval: fc.constant(interval),
    arrivals: fc.array(arrival(limit), { minLength: 1, maxLength: 40 }),
  }),
);

test("RateLimiter, sliding window: never more than the limit in any window, for random arrivals, costs and aborts", async () => {
  const property = fc.asyncProperty(scenario, async ({ limit, interval, arrivals }) => {
    using clock = virtualTime();
    const limiter = new RateLimiter({ algorithm: "sliding-window", limit, interval });
    const { grants, fates } = await play(clock, limiter, arrivals);
    for (const { at } of grants) {
      const window = grants.filter((each) => each.at >= at && each.at - at < interval);
      expect(window.reduce((sum, { cost }) => sum + cost, 0)).toBeLessThanOrEqual(limit);
    }
    expect(fates).not.toContain(undefined);
    expect(limiter.stats()).toEqual({ available: limit, used: 0, waiting: 0 });
    expect(clock.pending).toEqual([]);
  });
  await fc.assert(property, { seed: 20_261, numRuns: 300 });
});

test("RateLimiter, sliding window: the same on a real clock that no timer keeps, read at each grant", async () => {
  // A clock with fractions of a millisecond, on which timers fire up to one early or some late.
  const steps = fc.array(fc.double({ min: 0, max: 40, noNaN: true }), { minLength: 1, maxLength: 80 });
  const property = fc.asyncProperty(rates, steps, async ({ limit, interval }, drifts) => {
    using clock = virtualTime();
    const { setTimeout } = globalThis;
    const { now } = performance;
    let drift = 0;
    let step = 0;
    const base = now.bind(performance);
    const readings: number[] = [];
    performance.now = () => {
      const time = base() + drift;
      readings.push(time);
      return time;
    };
    globalThis.setTimeout = ((callback: () => void, ms: number) => {
      const late = drifts[step++ % drifts.length] as number;
      return setTimeout(
        () => {
          drift += late % 1;
          callback();
        },
        Math.max(1, ms - 1 + Math.floor(late)),
      );
    }) as typeof setTimeout;
    const limiter = new RateLimiter({ limit, interval: interval + 0.1 });
    const grants: number[] = [];
    const all = Array.from({ length: 20 }, () =>
      limiter.execute(() => void grants.push(readings.at(-1) as number)),
    );
    try {
      await clock.advance(100_000);
    } finally {
      performance.now = now;
      globalThis.setTimeout = setTimeout;
    }
    await Promise.all(all);
    expect(grants).toHaveLength(20);
    for (const [n, at] of grants.entries()) {
      const next = grants[n + limit];
      if (next !== undefined) expect(next - at).toBeGreaterThanOrEqual(interval + 0.1);
    }
  });
  await fc.assert(property, { seed: 20_262, numRuns: 100 });
});

const algorithms: [
  name: string,
  make: (limit: number, interval: number, burst: number) => RateLimiterOptions,
  fits: (limit: number, interval: number, burst: number) => Parameters<typeof model>[1],
][] = [
  [
    "sliding window",
    (limit, interval) => ({ limit, interval }),
    (limit, interval) => (grants, at, cost) => within(grants, at - interval) + cost <= limit,
  ],
  [
    "token bucket",
    (limit, interval, burst) => ({ algorithm: "token-bucket", limit, interval, burst }),
    (limit, interval, burst) => (grants, at, cost) => {
      // In parts of a token, as many as the interval has milliseconds.
      let level = burst * interval;
      let then = 0;
      for (const grant of grants) {
        level = Math.min(burst * interval, level + (grant.at - then) * limit) - grant.cost * interval;
        then = grant.at;
      }
      return Math.min(burst * interval, level + (at - then) * limit) >= cost * interval;
    },
  ],
];

test.each(algorithms)(
  "RateLimiter, %s: does what its model does, millisecond by millisecond",
  async (_name, make, fits) => {
    const cases = rates.chain(({ limit, interval }) =>
      fc.integer({ min: 1, max: 8 }).chain((burst) =>
        fc.record({
          limit: fc.constant(limit),
          interval: fc.constant(interval),
          burst: fc.constant(burst),
          arrivals: fc.array(arrival(Math.min(limit, burst)), { minLength: 1, maxLength: 15 }),
        }),
      ),
    );
    const property = fc.asyncProperty(cases, async ({ limit, interval, burst, arrivals }) => {
      using clock = virtualTime();
      const limiter = new RateLimiter(make(limit, interval, burst));
      const real = await play(clock, limiter, arrivals);
      const expected = model(arrivals, fits(limit, interval, burst));
      expect(real.fates).toEqual(expected.fates);
      expect(real.grants).toEqual(expected.grants);
      expect(clock.pending).toEqual([]);
    });
    await fc.assert(property, { seed: 20_263, numRuns: 150 });
  },
);

test("RateLimiter: whether abort or grant comes first, a call runs or gives the reason, never both, and none is lost", async () => {
  const caller = fc.record({ cost: fc.integer({ min: 1, max: 2 }), abortAt: fc.integer({ min: 0, max: 5 }) });
  const property = fc.asyncProperty(fc.array(caller, { minLength: 1, maxLength: 12 }), async (callers) => {
    using clock = virtualTime();
    const limiter = new RateLimiter({ limit: 2, interval: 1 });
    const ran = new Set<number>();
    const all = callers.map(async ({ cost, abortAt }, id) => {
      const controller = new AbortController();
      const { signal } = controller;
      const abort = (): void => controller.abort("aborted");
      // Before or after the limiter's own timer of that millisecond.
      setTimeout(abort, abortAt);
      const outcome = await limiter
        .execute(() => ran.add(id) && "ran", { cost, signal })
        .catch((error: unknown) => error);
      expect(outcome).toBe(ran.has(id) ? "ran" : "aborted");
    });
    await clock.run(() => Promise.all(all));
    expect(limiter.stats().waiting).toBe(0);
  });
  await fc.assert(property, { seed: 20_264, numRuns: 200 });
});
