import * as fc from "fast-check";
import { expect, test } from "vitest";
import { keyed, QueueFullError, Semaphore, type Permit } from "yieldpoint";
import { virtualTime } from "yieldpoint/testing";

type Step =
  | { readonly do: "hold"; readonly key: number }
  | { readonly do: "touch"; readonly key: number }
  | { readonly do: "leave"; readonly pick: number }
  | { readonly do: "rest"; readonly ms: number };

const key = fc.integer({ min: 0, max: 7 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom("hold" as const, "touch" as const), key }),
  fc.record({ do: fc.constant("leave" as const), pick: fc.nat() }),
  fc.record({ do: fc.constant("rest" as const), ms: fc.integer({ min: 1, max: 150 }) }),
);

test("keyed(): under random use none in use is dropped, and no idle one is kept for long", async () => {
  const steps = fc.array(step, { maxLength: 80 });
  const most = fc.constantFrom(1, 2, 4, 8);
  const property = fc.asyncProperty(most, steps, async (maxKeys, list) => {
    using clock = virtualTime();
    const limits = keyed<number, Semaphore>(() => new Semaphore(Infinity), { maxKeys, idle: 100 });
    const held: { readonly key: number; readonly owner: Semaphore; readonly permit: Permit }[] = [];
    const busy = (): Set<number> => new Set(held.map((each) => each.key));
    for (const taken of list) {
      if (taken.do === "rest") {
        await clock.advance(taken.ms);
      } else if (taken.do === "leave") {
        const [gone] = held.splice(taken.pick % Math.max(1, held.length), 1);
        gone?.permit.release();
      } else {
        const full = !busy().has(taken.key) && busy().size === maxKeys;
        const before = held.find((each) => each.key === taken.key)?.owner;
        let owner: Semaphore;
        try {
          owner = limits.for(taken.key);
        } catch (error) {
          expect(error).toBeInstanceOf(QueueFullError);
          expect(full).toBe(true);
          continue;
        }
        expect(full).toBe(false);
        if (before) expect(owner).toBe(before);
        if (taken.do === "hold") {
          const permit = owner.tryAcquire() as Permit;
          held.push({ key: taken.key, owner, permit });
        }
      }
      expect(limits.stats().keys).toBeLessThanOrEqual(maxKeys);
      expect(limits.stats().keys).toBeGreaterThanOrEqual(busy().size);
      for (const each of held) expect(limits.for(each.key)).toBe(each.owner);
      expect(clock.pending.length).toBeLessThanOrEqual(1);
    }
    await clock.advance(200);
    expect(limits.stats().keys).toBe(busy().size);
    for (const { permit } of held) permit.release();
    await clock.advance(200);
    expect(limits.stats().keys).toBe(0);
    expect(clock.pending).toEqual([]);
  });
  await fc.assert(property, { seed: 20_271, numRuns: 300 });
});
