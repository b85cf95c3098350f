import * as fc from "fast-check";
import { batch, buffer, mapStream, merge, sleep, type ItemStream } from "yieldpoint";
import { virtualTime, type VirtualClock } from "yieldpoint/testing";
import { expect, test } from "vitest";
import { failure, item, silence, WatchedSource, type Step } from "../../support/sources.ts";
import { complaints, listeners } from "../../support/waiting.ts";

const ms = fc.option(fc.integer({ min: 0, max: 20 }), { nil: undefined });

/** What a source does: items, and how it ends. */
const plan = fc.record({
  delays: fc.array(ms, { maxLength: 8 }),
  end: fc.constantFrom("end", "end", "end", "failure", "silence"),
  endsAfter: ms,
});
type Plan = typeof plan extends fc.Arbitrary<infer P> ? P : never;

/** How it is read. */
const reading = fc.record({
  /** How long each result is used. */
  uses: fc.array(ms, { minLength: 1, maxLength: 4 }),
  breakAfter: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
  abortAt: fc.option(fc.integer({ min: 0, max: 60 }), { nil: undefined, freq: 2 }),
});
type Reading = typeof reading extends fc.Arbitrary<infer R> ? R : never;

const down = new Error("down");

function sourceOf({ delays, end, endsAfter }: Plan, name = "item"): WatchedSource<string> {
  const steps: Step<string>[] = delays.map((delay, index) => item(`${name} ${index}`, delay));
  if (end === "failure") steps.push(failure(down, endsAfter));
  if (end === "silence") steps.push(silence);
  return new WatchedSource(...steps);
}

function namesOf({ delays }: Plan, name = "item"): string[] {
  return delays.map((_, index) => `${name} ${index}`);
}

interface Outcome<T> {
  readonly seen: T[];
  readonly how: "end" | "failure" | "break" | "abort" | "silence";
}

/** Reads a stream as the plan says, until it is over or nothing more happens. */
async function read<T>(
  clock: VirtualClock,
  { uses, breakAfter, abortAt }: Reading,
  make: (signal: AbortSignal) => ItemStream<T>,
  check: (seen: readonly T[]) => void,
): Promise<Outcome<T>> {
  const controller = new AbortController();
  const seen: T[] = [];
  let how: Outcome<T>["how"] = "silence";
  const stream = make(controller.signal);
  const loop = async (): Promise<void> => {
    try {
      for await (const value of stream) {
        seen.push(value);
        check(seen);
        await sleep(uses[seen.length % uses.length] ?? 0);
        check(seen);
        if (seen.length === breakAfter) {
          how = "break";
          break;
        }
      }
      if (how !== "break") how = "end";
    } catch (error) {
      if (error !== down && error !== controller.signal.reason) throw error;
      how = error === down ? "failure" : "abort";
    }
  };
  const looping = loop();
  if (abortAt !== undefined) setTimeout(() => controller.abort(), abortAt);
  await clock.advance(2_000);
  if (how === "silence") {
    // Only a silent source keeps a loop waiting, and leaving the stream ends it.
    await stream.return();
    await looping;
    how = "silence";
  }
  await looping;
  expect(listeners(controller.signal)).toBe(0);
  expect(clock.pending).toStrictEqual([]);
  return { seen, how };
}

/** Every source that was opened has ended by itself, or was closed once. */
function expectClosed(sources: readonly WatchedSource<unknown>[]): void {
  expect(sources.map(({ misused }) => misused)).toStrictEqual(sources.map(() => false));
  for (const { opened, over, closed } of sources) {
    // A source that owes an item may still end by itself after it was closed.
    if (opened === 0) expect(closed).toBe(0);
    else if (closed !== 1) expect({ over, closed }).toStrictEqual({ over: true, closed: 0 });
  }
}

function expectPrefix(seen: readonly unknown[], all: readonly unknown[], isWhole: boolean): void {
  expect(seen).toStrictEqual(isWhole ? all : all.slice(0, seen.length));
}

async function holds<T>(given: fc.Arbitrary<T>, body: (given: T) => Promise<void>): Promise<void> {
  const found = await complaints(() =>
    fc.assert(fc.asyncProperty(given, body), { numRuns: 200, seed: 20_261_120 }),
  );
  expect(found).toStrictEqual([]);
}

test("buffer() keeps order and bound, gives all that was read, and closes its source", async () => {
  const given = fc.record({ plan, reading, size: fc.integer({ min: 0, max: 4 }) });
  await holds(given, async ({ plan: each, reading: how, size }) => {
    using clock = virtualTime();
    const source = sourceOf(each);
    const outcome = await read(
      clock,
      how,
      (signal) => buffer(source, size, { signal }),
      (seen) => expect(source.asked).toBeLessThanOrEqual(seen.length + size),
    );
    expectPrefix(outcome.seen, namesOf(each), !["break", "abort"].includes(outcome.how));
    if (outcome.how === "silence") expect(each.end).toBe("silence");
    if (outcome.how === "failure") expect(each.end).toBe("failure");
    expectClosed([source]);
  });
});

test("merge() keeps each source's order and bound, gives what was read, and closes every source", async () => {
  const given = fc.record({ plans: fc.array(plan, { maxLength: 4 }), reading });
  await holds(given, async ({ plans, reading: how }) => {
    using clock = virtualTime();
    const sources = plans.map((each, index) => sourceOf(each, String(index)));
    const of = (seen: readonly string[], index: number): string[] =>
      seen.filter((name) => name.startsWith(`${index} `));
    const outcome = await read(
      clock,
      how,
      (signal) => merge(sources, { signal }),
      (seen) => {
        for (const [index, { asked }] of sources.entries()) {
          expect(asked).toBeLessThanOrEqual(of(seen, index).length + 1);
        }
      },
    );
    for (const [index, each] of plans.entries()) {
      const isWhole = ["end", "silence"].includes(outcome.how);
      expectPrefix(of(outcome.seen, index), namesOf(each, String(index)), isWhole);
    }
    if (outcome.how === "failure") {
      // The one that failed had given all that it had.
      const failed = plans.findIndex(
        ({ end, delays }, index) => end === "failure" && of(outcome.seen, index).length === delays.length,
      );
      expect(failed).not.toBe(-1);
    }
    expectClosed(sources);
  });
});

test("batch() keeps order, size and time, gives what was read, and closes its source", async () => {
  const given = fc.record({
    plan,
    reading,
    size: fc.integer({ min: 1, max: 4 }),
    within: fc.oneof(fc.integer({ min: 0, max: 30 }), fc.constant(Infinity)),
  });
  await holds(given, async ({ plan: each, reading: how, size, within }) => {
    using clock = virtualTime();
    const source = sourceOf(each);
    const outcome = await read(
      clock,
      how,
      (signal) => batch(source, { size, within, signal }),
      (seen) => {
        expect(source.asked).toBeLessThanOrEqual(seen.flat().length + size);
        expect(seen.at(-1)?.length).toBeGreaterThan(0);
        expect(seen.at(-1)?.length).toBeLessThanOrEqual(size);
      },
    );
    const isWhole =
      ["end", "failure"].includes(outcome.how) || (outcome.how === "silence" && within < Infinity);
    expectPrefix(outcome.seen.flat(), namesOf(each), isWhole);
    if (within === Infinity) {
      for (const full of outcome.seen.slice(0, -1)) expect(full).toHaveLength(size);
    }
    expectClosed([source]);
  });
});

test("mapStream() keeps order and bound, follows its calls to the end, and closes its source", async () => {
  const given = fc.record({
    plan,
    reading,
    concurrency: fc.integer({ min: 1, max: 4 }),
    ordered: fc.boolean(),
    calls: fc.array(
      fc.record({ ms, fails: fc.integer({ min: 0, max: 9 }).map((n) => n === 0), listens: fc.boolean() }),
      { minLength: 1, maxLength: 8 },
    ),
  });
  await holds(given, async ({ plan: each, reading: how, concurrency, ordered, calls }) => {
    using clock = virtualTime();
    const source = sourceOf(each);
    const callOf = (index: number) => calls[index % calls.length];
    let running = 0;
    let most = 0;
    let started = 0;
    const outcome = await read(
      clock,
      how,
      (signal) =>
        mapStream(
          source,
          async (name, index, context) => {
            started++;
            most = Math.max(most, ++running);
            const call = callOf(index);
            try {
              if (call?.ms !== undefined) await sleep(call.ms, call.listens ? context : {});
            } finally {
              running--;
            }
            if (call?.fails) throw down;
            return `${name}!`;
          },
          { concurrency, ordered, signal },
        ),
      (seen) => expect(source.asked).toBeLessThanOrEqual(seen.length + concurrency),
    );
    expect(most).toBeLessThanOrEqual(concurrency);
    expect(running).toBe(0);
    const results = namesOf(each).map((name) => `${name}!`);
    const firstToFail = results.findIndex((_, index) => callOf(index)?.fails);
    const wanted = firstToFail === -1 ? results : results.slice(0, firstToFail);
    const isOver = ["end", "failure"].includes(outcome.how);
    if (ordered) {
      expectPrefix(outcome.seen, wanted, isOver);
    } else {
      expect(new Set(outcome.seen).size).toBe(outcome.seen.length);
      const good = new Set(results.filter((_, index) => !callOf(index)?.fails));
      expect(outcome.seen.every((name) => good.has(name))).toBe(true);
      if (isOver && firstToFail === -1) expect(new Set(outcome.seen)).toStrictEqual(good);
    }
    if (outcome.how === "failure") {
      expect(each.end === "failure" || firstToFail !== -1).toBe(true);
    } else if (outcome.how === "end") {
      expect(started).toBe(each.delays.length);
    }
    expectClosed([source]);
  });
});
