import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Bulkhead, keyed, Mutex, QueueFullError, RateLimiter } from "yieldpoint";
import { observe, virtualTime, type Observed } from "yieldpoint/testing";
import { aborted, count, Stage, strikes } from "../../support/stage.ts";
import { listeners } from "../../support/waiting.ts";

const runs = { seed: 20_301, numRuns: 300 };

test("Bulkhead: whatever the order of arrivals, cancels and ends, one is refused only where its queue is full", async () => {
  const given = fc.record({
    concurrency: fc.integer({ min: 1, max: 2 }),
    maxQueue: fc.integer({ min: 0, max: 2 }),
    callers: fc.array(fc.boolean(), { minLength: 1, maxLength: 8 }),
  });
  const property = fc.asyncProperty(
    fc.scheduler(),
    strikes,
    given,
    async (scheduler, struck, { concurrency, maxQueue, callers }) => {
      const stage = new Stage(scheduler, struck);
      const bulkhead = new Bulkhead({ concurrency, maxQueue });
      const all: { readonly outcome: Observed<unknown>; readonly expected: () => unknown }[] = [];
      let inside = 0;
      let most = 0;
      let startedTooLate = 0;
      let longest = 0;
      let waiting = 0;
      callers.forEach((aborts, n) => {
        const signal = stage.signal(String(n), aborts);
        stage.later(`arrive ${n}`, () => {
          const full = inside === concurrency && waiting === maxQueue && !signal.aborted;
          let started = false;
          waiting++;
          const task = async (): Promise<void> => {
            started = true;
            waiting--;
            if (signal.aborted) startedTooLate++;
            most = Math.max(most, ++inside);
            await stage.pause(`leave ${n}`);
            inside--;
          };
          const refused = (error: unknown): unknown => {
            waiting--;
            return error;
          };
          const outcome = observe(bulkhead.execute(task, { signal }).catch(refused));
          longest = Math.max(longest, bulkhead.stats().waiting);
          all.push({ outcome, expected: () => (started ? undefined : full ? "full" : aborted) });
        });
      });
      await stage.play();
      expect(all).toHaveLength(callers.length);
      for (const { outcome, expected } of all) {
        const { status, value } = outcome;
        expect(status).toBe("fulfilled");
        expect(value instanceof QueueFullError ? "full" : value).toBe(expected());
      }
      expect({ startedTooLate, inside }).toEqual({ startedTooLate: 0, inside: 0 });
      expect(most).toBeLessThanOrEqual(concurrency);
      expect(longest).toBeLessThanOrEqual(maxQueue);
      expect(bulkhead.stats()).toEqual({ permits: concurrency, held: 0, waiting: 0 });
      expect(stage.heard).toEqual([]);
    },
  );
  await fc.assert(property, runs);
});

test("keyed(): whatever the order of cancel, hand-over and eviction, no key has two inside", async () => {
  const caller = fc.record({
    key: fc.integer({ min: 0, max: 3 }),
    aborts: fc.boolean(),
    acquires: fc.boolean(),
  });
  const given = fc.record({
    maxKeys: fc.integer({ min: 1, max: 3 }),
    callers: fc.array(caller, { minLength: 1, maxLength: 9 }),
  });
  const property = fc.asyncProperty(
    fc.scheduler(),
    strikes,
    given,
    async (scheduler, struck, { maxKeys, callers }) => {
      const stage = new Stage(scheduler, struck);
      const mutexes = keyed<number, Mutex>(() => new Mutex(), { maxKeys });
      /** By key, who holds it or waits for it. */
      const using = [0, 0, 0, 0];
      const inside = [0, 0, 0, 0];
      let most = 0;
      const refusals: unknown[] = [];
      const all: Observed<unknown>[] = [];
      callers.forEach(({ key, aborts, acquires }, n) => {
        const signal = stage.signal(String(n), aborts);
        const change = (counts: number[], by: number): number => (counts[key] = (counts[key] ?? 0) + by);
        const visit = async (): Promise<void> => {
          most = Math.max(most, change(inside, 1));
          await stage.pause(`leave ${key}, ${n}`);
          change(inside, -1);
        };
        stage.later(`use ${key}, ${n}`, () => {
          const isFull = using[key] === 0 && using.filter((users) => users > 0).length === maxKeys;
          let mutex: Mutex;
          try {
            mutex = mutexes.for(key);
          } catch (error) {
            refusals.push([isFull, error instanceof QueueFullError]);
            return;
          }
          if (isFull) refusals.push("missed");
          const hold = async (): Promise<void> => {
            using _ = await mutex.acquire({ signal });
            await visit();
          };
          change(using, 1);
          const end = (): number => change(using, -1);
          all.push(observe((acquires ? hold() : mutex.execute(visit, { signal })).finally(end)));
        });
      });
      await stage.play();
      expect(count(all, "pending")).toBe(0);
      for (const each of all) if (each.status === "rejected") expect(each.reason).toBe(aborted);
      expect(most).toBeLessThanOrEqual(1);
      expect(refusals).toEqual(refusals.map(() => [true, true]));
      expect(inside).toEqual([0, 0, 0, 0]);
      expect(mutexes.stats().keys).toBeLessThanOrEqual(maxKeys);
      expect(stage.heard).toEqual([]);
    },
  );
  await fc.assert(property, runs);
});

test.each(["sliding-window", "token-bucket"] as const)(
  "RateLimiter, %s: an abort in the turn of a grant, by another who was granted then, loses and doubles nothing",
  async (algorithm) => {
    const costly = fc.record({
      cost: fc.integer({ min: 1, max: 2 }),
      executes: fc.boolean(),
      /** Whom it aborts when its turn comes. */
      aborts: fc.array(fc.nat({ max: 11 }), { maxLength: 2 }),
      /** How many microtasks later. */
      after: fc.integer({ min: 0, max: 3 }),
    });
    const callers = fc.array(costly, { minLength: 1, maxLength: 12 });
    const property = fc.asyncProperty(callers, async (list) => {
      using clock = virtualTime();
      const limiter = new RateLimiter({ algorithm, limit: 3, interval: 6 });
      limiter.tryAcquire(3);
      const controllers = list.map(() => new AbortController());
      let startedTooLate = 0;
      /** What was granted, by the time of it. */
      const granted = new Map<number, number>();
      const ends = list.map(async ({ cost, executes, aborts, after }, n) => {
        const { signal } = controllers[n] as AbortController;
        const turn = async (): Promise<string> => {
          if (executes && signal.aborted) startedTooLate++;
          granted.set(clock.now, (granted.get(clock.now) ?? 0) + cost);
          for (let turns = 0; turns < after; turns++) await Promise.resolve();
          for (const other of aborts) controllers[other]?.abort(aborted);
          return "had its turn";
        };
        const call = executes
          ? limiter.execute(turn, { cost, signal })
          : limiter.acquire({ cost, signal }).then(turn);
        return call.catch((error: unknown) => error);
      });
      const outcomes = await clock.run(() => Promise.all(ends));
      outcomes.forEach((outcome, n) => {
        if (outcome === "had its turn") return;
        expect(outcome).toBe(aborted);
        expect(controllers[n]?.signal.aborted).toBe(true);
      });
      expect(startedTooLate).toBe(0);
      for (const cost of granted.values()) expect(cost).toBeLessThanOrEqual(3);
      expect(limiter.stats().waiting).toBe(0);
      expect(controllers.filter(({ signal }) => listeners(signal) > 0)).toEqual([]);
      await clock.advance(6);
      expect(limiter.stats().used).toBe(0);
      expect(clock.pending).toEqual([]);
    });
    await fc.assert(property, runs);
  },
);
