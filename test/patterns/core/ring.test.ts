import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Ring } from "../../../src/patterns/core/ring.ts";
import { survivors } from "../../support/waiting.ts";

test("a ring gives back what was put in, oldest first, whatever the order of the steps", () => {
  const burst = fc.record({
    pushed: fc.integer({ max: 70, min: 0 }),
    shifted: fc.integer({ max: 70, min: 0 }),
  });
  const property = fc.property(fc.array(burst, { maxLength: 30 }), (bursts) => {
    const ring = new Ring<number>();
    const model: number[] = [];
    let next = 0;
    for (const { pushed, shifted } of bursts) {
      for (let n = 0; n < pushed; n++) {
        ring.push(next);
        model.push(next++);
      }
      for (let n = 0; n < shifted && model.length > 0; n++) expect(ring.shift()).toBe(model.shift());
      expect(ring.size).toBe(model.length);
      expect(model.map((_, n) => ring.at(n))).toEqual(model);
    }
    while (model.length > 0) expect(ring.shift()).toBe(model.shift());
    expect(ring.size).toBe(0);
  });
  fc.assert(property, { seed: 30_001, numRuns: 200 });
});

test("a ring keeps its order when it grows while its oldest stands in the middle", () => {
  const ring = new Ring<number>();
  for (let n = 0; n < 10; n++) ring.push(-1);
  for (let n = 0; n < 10; n++) ring.shift();
  for (let n = 0; n < 5_000; n++) ring.push(n);
  expect(Array.from({ length: 5_000 }, () => ring.shift())).toEqual([...Array(5_000).keys()]);
});

test("a ring can be filled again after a large one was emptied", () => {
  const ring = new Ring<number>();
  for (let round = 0; round < 3; round++) {
    for (let n = 0; n < 1_500; n++) ring.push(n);
    expect(ring.size).toBe(1_500);
    expect(Array.from({ length: 1_500 }, () => ring.shift())).toEqual([...Array(1_500).keys()]);
    expect(ring.size).toBe(0);
  }
});

test("a ring keeps nothing alive that was taken out", async () => {
  const ring = new Ring<object>();
  const crowd = (): WeakRef<object>[] => {
    const items = Array.from({ length: 10 }, (n) => ({ n }));
    for (const item of items) ring.push(item);
    for (let n = 0; n < 9; n++) ring.shift();
    return items.map((item) => new WeakRef(item));
  };
  expect(await survivors(crowd())).toBe(1);
  expect(ring.size).toBe(1);
});

test("a ring gives the room of a large crowd back once it is emptied", async () => {
  const ring = new Ring<number>();
  await survivors([]);
  const before = process.memoryUsage().heapUsed;
  for (let n = 0; n < 1_500_000; n++) ring.push(n);
  while (ring.size > 0) ring.shift();
  await survivors([]);
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(8_000_000);
});
