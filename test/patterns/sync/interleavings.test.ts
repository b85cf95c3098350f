import * as fc from "fast-check";
import { expect, test } from "vitest";
import { AsyncEvent, AsyncQueue, Barrier, Condition, Mutex, ReadWriteLock, workerPool } from "yieldpoint";
import { observe, type Observed } from "yieldpoint/testing";
import { aborted, count, Stage, strikes } from "../../support/stage.ts";
import { flush } from "../../support/waiting.ts";

const runs = { seed: 30_201, numRuns: 300 };
const yesOrNo = fc.boolean();

function sorted(...lists: readonly (readonly number[])[]): number[] {
  const all = lists.flat();
  all.sort((a, b) => a - b);
  return all;
}

test("Mutex: whatever the order of cancel and hand-over, one is inside and all get in or give up", async () => {
  const callers = fc.array(fc.record({ aborts: yesOrNo, runs: yesOrNo }), { minLength: 1, maxLength: 6 });
  const property = fc.asyncProperty(fc.scheduler(), strikes, callers, async (scheduler, struck, list) => {
    const stage = new Stage(scheduler, struck);
    const mutex = new Mutex();
    let inside = 0;
    let most = 0;
    let startedTooLate = 0;
    const visit = async (name: string): Promise<void> => {
      most = Math.max(most, ++inside);
      await stage.pause(`leave ${name}`);
      inside--;
    };
    const all = list.map(({ aborts, runs: executes }, n) => {
      const signal = stage.signal(String(n), aborts);
      const hold = async (): Promise<void> => {
        using _ = await mutex.acquire({ signal });
        await visit(String(n));
      };
      const task = (): Promise<void> => {
        if (signal.aborted) startedTooLate++;
        return visit(String(n));
      };
      return observe(executes ? mutex.execute(task, { signal }) : hold());
    });
    await stage.play();
    expect(count(all, "pending")).toBe(0);
    for (const each of all) if (each.status === "rejected") expect(each.reason).toBe(aborted);
    expect({ most, inside, startedTooLate }).toEqual({
      most: Math.min(most, 1),
      inside: 0,
      startedTooLate: 0,
    });
    expect(count(all, "fulfilled")).toBeGreaterThanOrEqual(list.filter(({ aborts }) => !aborts).length);
    expect(mutex.stats()).toEqual({ locked: false, waiting: 0 });
    expect(stage.heard).toEqual([]);
  });
  await fc.assert(property, runs);
});

test("ReadWriteLock: whatever the order of cancel and hand-over, no writer is inside with another", async () => {
  const callers = fc.array(fc.record({ aborts: yesOrNo, writes: yesOrNo }), { minLength: 1, maxLength: 7 });
  const property = fc.asyncProperty(fc.scheduler(), strikes, callers, async (scheduler, struck, list) => {
    const stage = new Stage(scheduler, struck);
    const lock = new ReadWriteLock();
    const inside = { readers: 0, writers: 0 };
    let broken = false;
    const visit = async (who: "readers" | "writers", signal: AbortSignal): Promise<void> => {
      using _ = await (who === "writers" ? lock.write({ signal }) : lock.read({ signal }));
      inside[who]++;
      broken ||= inside.writers > 1 || (inside.writers === 1 && inside.readers > 0);
      await stage.pause(`leave, one of the ${who}`);
      inside[who]--;
    };
    const all = list.map(({ aborts, writes }, n) =>
      observe(visit(writes ? "writers" : "readers", stage.signal(String(n), aborts))),
    );
    await stage.play();
    expect(broken).toBe(false);
    expect(count(all, "pending")).toBe(0);
    for (const each of all) if (each.status === "rejected") expect(each.reason).toBe(aborted);
    expect(lock.stats()).toEqual({ readers: 0, writing: false, waiting: 0 });
    expect(stage.heard).toEqual([]);
  });
  await fc.assert(property, runs);
});

test("Condition: whatever the order of cancel, notification and mutex, no notification is lost or doubled", async () => {
  const given = fc.record({
    waiters: fc.array(yesOrNo, { minLength: 1, maxLength: 5 }),
    notifications: fc.array(fc.record({ n: fc.integer({ min: 1, max: 2 }), locks: yesOrNo }), {
      maxLength: 4,
    }),
  });
  const property = fc.asyncProperty(
    fc.scheduler(),
    strikes,
    given,
    async (scheduler, struck, { waiters, notifications }) => {
      const stage = new Stage(scheduler, struck);
      const mutex = new Mutex();
      const condition = new Condition(mutex);
      let inside = 0;
      let most = 0;
      let withoutMutex = 0;
      let granted = 0;
      const enter = async (name: string): Promise<void> => {
        most = Math.max(most, ++inside);
        if (!mutex.stats().locked) withoutMutex++;
        await stage.pause(`leave ${name}`);
        inside--;
      };
      const all = waiters.map((aborts, n) => {
        const signal = stage.signal(String(n), aborts);
        return observe(
          mutex.execute(async () => {
            try {
              await condition.wait({ signal });
            } finally {
              await enter(String(n));
            }
          }),
        );
      });
      await flush();
      for (const { n, locks } of notifications) {
        const notify = (): void => {
          granted += Math.min(n, condition.stats().waiting);
          condition.notify(n);
        };
        stage.later(`notify ${n}`, () => {
          if (!locks) return notify();
          void mutex.execute(async () => {
            notify();
            await enter("the one that notifies");
          });
        });
      }
      await stage.play();
      expect({ most: most > 1, inside, withoutMutex }).toEqual({ most: false, inside: 0, withoutMutex: 0 });
      for (const each of all) if (each.status === "rejected") expect(each.reason).toBe(aborted);
      // One that was passed on to nobody is lost only where nobody is left to have it.
      if (count(all, "pending") > 0) expect(count(all, "fulfilled")).toBe(granted);
      else expect(count(all, "fulfilled")).toBeLessThanOrEqual(granted);
      expect(condition.stats()).toEqual({ waiting: count(all, "pending") });
      condition.notifyAll();
      await stage.play();
      expect(count(all, "pending")).toBe(0);
      expect(mutex.stats()).toEqual({ locked: false, waiting: 0 });
      expect(stage.heard).toEqual([]);
    },
  );
  await fc.assert(property, runs);
});

test("Barrier: whatever the order of cancel and arrival, it opens for as many as there must be", async () => {
  const given = fc.record({
    parties: fc.integer({ min: 1, max: 3 }),
    arrivals: fc.array(yesOrNo, { minLength: 1, maxLength: 8 }),
  });
  const property = fc.asyncProperty(
    fc.scheduler(),
    strikes,
    given,
    async (scheduler, struck, { parties, arrivals }) => {
      const stage = new Stage(scheduler, struck);
      const barrier = new Barrier(parties);
      const all: Observed<void>[] = [];
      arrivals.forEach((aborts, n) => {
        const signal = stage.signal(String(n), aborts);
        stage.later(`arrive ${n}`, () => void all.push(observe(barrier.arrive({ signal }))));
      });
      await stage.play();
      expect(all).toHaveLength(arrivals.length);
      expect(count(all, "fulfilled") % parties).toBe(0);
      expect(count(all, "pending")).toBeLessThan(parties);
      expect(barrier.stats()).toEqual({ parties, waiting: count(all, "pending") });
      for (const each of all) if (each.status === "rejected") expect(each.reason).toBe(aborted);
      // Those who wait listen, and nobody else.
      expect(stage.heard).toHaveLength(count(all, "pending"));
    },
  );
  const allAbort = fc.asyncProperty(
    fc.scheduler(),
    strikes,
    given,
    async (scheduler, struck, { parties, arrivals }) => {
      const stage = new Stage(scheduler, struck);
      const barrier = new Barrier(parties);
      const all = arrivals.map((_, n) => observe(barrier.arrive({ signal: stage.signal(String(n), true) })));
      await stage.play();
      expect(count(all, "fulfilled")).toBe(Math.floor(arrivals.length / parties) * parties);
      expect(count(all, "pending")).toBe(0);
      expect(stage.heard).toEqual([]);
    },
  );
  await fc.assert(property, runs);
  await fc.assert(allAbort, runs);
});

test("AsyncEvent: whatever the order of cancel, set and clear, who waited at a set passes", async () => {
  const given = fc.record({
    waiters: fc.array(yesOrNo, { minLength: 1, maxLength: 5 }),
    changes: fc.array(fc.constantFrom("set" as const, "clear" as const), { maxLength: 4 }),
  });
  const property = fc.asyncProperty(
    fc.scheduler(),
    strikes,
    given,
    async (scheduler, struck, { waiters, changes }) => {
      const stage = new Stage(scheduler, struck);
      const event = new AsyncEvent();
      const all: { readonly signal: AbortSignal; readonly outcome: Observed<void>; passes: boolean }[] = [];
      waiters.forEach((aborts, n) => {
        const signal = stage.signal(String(n), aborts);
        stage.later(`wait ${n}`, () => {
          all.push({
            signal,
            outcome: observe(event.wait({ signal })),
            passes: event.isSet && !signal.aborted,
          });
        });
      });
      for (const change of changes) {
        stage.later(change, () => {
          event[change]();
          if (change === "clear") return;
          for (const each of all) each.passes ||= !each.signal.aborted;
        });
      }
      await stage.play();
      for (const { outcome, passes, signal } of all) {
        expect(outcome.status).toBe(passes ? "fulfilled" : signal.aborted ? "rejected" : "pending");
      }
      expect(event.stats().waiting).toBe(all.filter(({ outcome }) => outcome.status === "pending").length);
      event.set();
      await flush();
      expect(stage.heard).toEqual([]);
    },
  );
  await fc.assert(property, runs);
});

test("AsyncQueue: whatever the order of cancel and hand-over, each item that was put comes out once", async () => {
  const given = fc.record({
    capacity: fc.constantFrom(0, 1, 2, Infinity),
    producers: fc.array(yesOrNo, { maxLength: 6 }),
    consumers: fc.array(fc.record({ aborts: yesOrNo, iterates: yesOrNo, returns: yesOrNo }), {
      maxLength: 6,
    }),
    closes: yesOrNo,
  });
  const property = fc.asyncProperty(
    fc.scheduler(),
    strikes,
    given,
    async (scheduler, struck, { capacity, producers, consumers, closes }) => {
      const stage = new Stage(scheduler, struck);
      const queue = new AsyncQueue<number>({ capacity });
      const puts: Observed<void>[] = [];
      const gots: Observed<number | undefined>[] = [];
      producers.forEach((aborts, n) => {
        const signal = stage.signal(`put ${n}`, aborts);
        stage.later(`put ${n}`, () => void (puts[n] = observe(queue.put(n, { signal }))));
      });
      consumers.forEach(({ aborts, iterates, returns }, n) => {
        const signal = stage.signal(`get ${n}`, aborts);
        stage.later(`get ${n}`, () => {
          const values = queue.values({ signal });
          gots[n] = observe(iterates ? values.next().then(({ value }) => value) : queue.get({ signal }));
          if (returns) stage.later(`return ${n}`, () => void values.return?.());
        });
      });
      if (closes) stage.later("close", () => queue.close());
      await stage.play();
      const inside: number[] = [];
      queue.close();
      for (let got = queue.tryGet(); got; got = queue.tryGet()) inside.push(got.value);
      await flush();
      const put = [...puts.keys()].filter((n) => puts[n]?.status === "fulfilled");
      const got = gots.flatMap(({ value }) => (value === undefined ? [] : [value]));
      expect(sorted(got, inside)).toEqual(put);
      expect(count([...puts, ...gots], "pending")).toBe(0);
      expect(stage.heard).toEqual([]);
    },
  );
  await fc.assert(property, runs);
});

test("workerPool(): whatever the order of puts, ends and abort, each item reaches a worker or stays in the queue", async () => {
  const given = fc.record({
    items: fc.integer({ min: 0, max: 6 }),
    concurrency: fc.integer({ min: 1, max: 3 }),
    aborts: yesOrNo,
    fails: fc.option(fc.nat({ max: 5 }), { nil: undefined }),
  });
  const property = fc.asyncProperty(
    fc.scheduler(),
    strikes,
    given,
    async (scheduler, struck, { items, concurrency, aborts, fails }) => {
      const stage = new Stage(scheduler, struck);
      const queue = new AsyncQueue<number>();
      const started: number[] = [];
      let running = 0;
      let most = 0;
      const worker = async (item: number): Promise<void> => {
        started.push(item);
        most = Math.max(most, ++running);
        await stage.pause(`end ${item}`);
        running--;
        if (item === fails) throw aborted;
      };
      const pool = observe(workerPool(queue, worker, { concurrency, signal: stage.signal("pool", aborts) }));
      for (let item = 0; item < items; item++) stage.later(`put ${item}`, () => void queue.tryPut(item));
      await stage.play();
      queue.close();
      await stage.play();
      const left: number[] = [];
      for (let got = queue.tryGet(); got; got = queue.tryGet()) left.push(got.value);
      expect(sorted(started, left)).toEqual([...Array(items).keys()]);
      expect(running).toBe(0);
      expect(most).toBeLessThanOrEqual(concurrency);
      if (!aborts && (fails === undefined || fails >= items)) {
        expect(pool.status).toBe("fulfilled");
        expect(left).toEqual([]);
      } else {
        expect(pool.reason).toBe(aborted);
      }
      expect(stage.heard).toEqual([]);
    },
  );
  await fc.assert(property, runs);
});
