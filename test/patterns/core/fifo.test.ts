import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Fifo } from "../../../src/patterns/core/fifo.ts";
import { survivors } from "../../support/waiting.ts";

// What moves or copies elements of an array takes time for each one that is in it.
const arrays: object = Array.prototype;
const movers = ["concat", "copyWithin", "filter", "map", "shift", "slice", "splice", "unshift"];

/** Runs the body, and fails as soon as more elements were moved or copied, by what arrays have for it, than that. */
function movingAtMost(limit: number, body: () => void): void {
  const before = movers.map((name) => Object.getOwnPropertyDescriptor(arrays, name));
  const restore = (): void =>
    movers.forEach((name, index) => Object.defineProperty(arrays, name, before[index] ?? {}));
  let moved = 0;
  movers.forEach((name, index) => {
    const move = before[index]?.value as () => unknown;
    const counting = function (this: unknown[], ...args: []): unknown {
      moved += this.length;
      if (moved <= limit) return Reflect.apply(move, this, args);
      restore();
      return expect.fail(`more than ${limit} elements were moved or copied`);
    };
    Object.defineProperty(arrays, name, { ...before[index], value: counting });
  });
  try {
    body();
  } finally {
    restore();
  }
}

test.for([1, 10, 1_000, 100_000])(
  "a list moves no more elements for each item, however long it is: %i",
  (length) => {
    const list = new Fifo<number>();
    const rounds = 3 * Math.max(length, 5_000);
    movingAtMost(2 * (length + rounds), () => {
      for (let n = 0; n < length; n++) list.push(n);
      for (let n = 0; n < rounds; n++) {
        list.push(n);
        list.shift();
      }
      while (list.size > 0) list.shift();
    });
    expect(list.size).toBe(0);
  },
);

test("a list gives back what was put in, oldest first, whatever the order of the steps", () => {
  const burst = fc.record({
    pushed: fc.integer({ max: 70, min: 0 }),
    shifted: fc.integer({ max: 70, min: 0 }),
  });
  const property = fc.property(fc.array(burst, { maxLength: 30 }), (bursts) => {
    const list = new Fifo<number>();
    const model: number[] = [];
    let next = 0;
    for (const { pushed, shifted } of bursts) {
      for (let n = 0; n < pushed; n++) {
        list.push(next);
        model.push(next++);
      }
      for (let n = 0; n < shifted && model.length > 0; n++) expect(list.shift()).toBe(model.shift());
      expect(list.size).toBe(model.length);
      expect(model.map((_, n) => list.at(n))).toEqual(model);
    }
    while (model.length > 0) expect(list.shift()).toBe(model.shift());
    expect(list.size).toBe(0);
  });
  fc.assert(property, { seed: 30_001, numRuns: 200 });
});

test("a list keeps its order while much goes through it that never empties it", () => {
  const list = new Fifo<number>();
  for (let n = 0; n < 700; n++) list.push(n);
  for (let n = 0; n < 10_000; n++) {
    list.push(700 + n);
    expect(list.shift()).toBe(n);
    expect(list.size).toBe(700);
  }
  expect([list.at(0), list.at(699), list.at(700)]).toEqual([10_000, 10_699, undefined]);
});

test("a list keeps its order when it grows while its oldest stands in the middle", () => {
  const list = new Fifo<number>();
  for (let n = 0; n < 10; n++) list.push(-1);
  for (let n = 0; n < 10; n++) list.shift();
  for (let n = 0; n < 5_000; n++) list.push(n);
  expect(Array.from({ length: 5_000 }, () => list.shift())).toEqual([...Array(5_000).keys()]);
});

test("a list can be filled again after a large one was emptied", () => {
  const list = new Fifo<number>();
  for (let round = 0; round < 3; round++) {
    for (let n = 0; n < 1_500; n++) list.push(n);
    expect(list.size).toBe(1_500);
    expect(Array.from({ length: 1_500 }, () => list.shift())).toEqual([...Array(1_500).keys()]);
    expect(list.size).toBe(0);
  }
});

test("a list keeps nothing alive that was taken out", async () => {
  const list = new Fifo<object>();
  const crowd = (): WeakRef<object>[] => {
    const items = Array.from({ length: 10 }, (n) => ({ n }));
    for (const item of items) list.push(item);
    for (let n = 0; n < 9; n++) list.shift();
    return items.map((item) => new WeakRef(item));
  };
  expect(await survivors(crowd())).toBe(1);
  expect(list.size).toBe(1);
});

test("a list gives the room of a large crowd back once it is emptied", async () => {
  const list = new Fifo<number>();
  await survivors([]);
  const before = process.memoryUsage().heapUsed;
  // Without a limit, a list that moves them all each time would take hours.
  movingAtMost(2 * 1_500_000, () => {
    for (let n = 0; n < 1_500_000; n++) list.push(n);
    while (list.size > 0) list.shift();
  });
  await survivors([]);
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(8_000_000);
  // Still in use here, or the list itself would be gone.
  expect(list.size).toBe(0);
});
