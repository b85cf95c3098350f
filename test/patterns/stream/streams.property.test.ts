import * as fc from "fast-check";
import { batch, buffer, fromWebStream, mapStream, merge, sleep, toWebStream } from "yieldpoint";
import { virtualTime } from "yieldpoint/testing";
import { expect, test } from "vitest";
import {
  down,
  expectClosed,
  expectPrefix,
  holds,
  ms,
  namesOf,
  plan,
  read,
  reading,
  sourceOf,
} from "./readings.ts";

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

test("toWebStream() and fromWebStream() keep order, read nothing ahead, give what was read, and close the source", async () => {
  const given = fc.record({ plan, reading, to: fc.boolean() });
  await holds(given, async ({ plan: each, reading: how, to }) => {
    using clock = virtualTime();
    const source = sourceOf(each);
    const outcome = await read(
      clock,
      how,
      (signal) =>
        to ? fromWebStream(toWebStream(source, { signal })) : fromWebStream(toWebStream(source), { signal }),
      (seen) => expect(source.asked).toBeLessThanOrEqual(seen.length),
    );
    expectPrefix(outcome.seen, namesOf(each), !["break", "abort"].includes(outcome.how));
    if (outcome.how === "silence") expect(each.end).toBe("silence");
    if (outcome.how === "failure") expect(each.end).toBe("failure");
    expectClosed([source]);
  });
});
