import { describe, expect, test } from "vitest";
import { WaiterList, type Waiting } from "../../../src/patterns/core/waiters.ts";
import { survivors } from "../../support/waiting.ts";

class Caller implements Waiting {
  static reads = 0;
  #left = false;

  /** How often the list looks at it, is what its steps cost. */
  get left(): boolean {
    Caller.reads++;
    return this.#left;
  }

  set left(left: boolean) {
    this.#left = left;
  }
}

function fill(count: number): [WaiterList<Caller>, Caller[]] {
  const list = new WaiterList<Caller>();
  const callers = Array.from({ length: count }, () => new Caller());
  for (const caller of callers) list.add(caller);
  return [list, callers];
}

function drain(list: WaiterList<Caller>): void {
  for (let next = list.peek(); next; next = list.peek()) list.remove(next);
}

describe("a waiter list", () => {
  test("is empty at first, and again when all have left", () => {
    const [list, [only]] = fill(1);
    expect([list.size, list.peek()]).toEqual([1, only]);
    drain(list);
    expect([list.size, list.peek()]).toEqual([0, undefined]);
  });

  test.each([
    ["the first one first", (callers: Caller[]) => callers],
    [
      "the last one first",
      (callers: Caller[]) => callers.map((_, n) => callers[callers.length - 1 - n] as Caller),
    ],
    ["from the middle", (callers: Caller[]) => [...callers.slice(5_000), ...callers.slice(0, 5_000)]],
  ])("cancelling 10,000 is O(1) each: %s", (_name, order) => {
    const [list, callers] = fill(10_000);
    const leaving = order(callers);
    Caller.reads = 0;
    for (const caller of leaving) {
      list.remove(caller);
      list.peek();
    }
    expect(list.size).toBe(0);
    expect(Caller.reads).toBeLessThan(6 * 10_000);
  });

  test("10,000 who cancelled while one waits on are not kept", async () => {
    const list = new WaiterList<Caller>();
    list.add(new Caller());
    const crowd = (): WeakRef<object>[] => {
      const callers = Array.from({ length: 10_000 }, () => new Caller());
      for (const caller of callers) list.add(caller);
      for (const caller of callers) list.remove(caller);
      return callers.map((caller) => new WeakRef(caller));
    };
    expect(await survivors(crowd())).toBeLessThan(100);
    expect(list.size).toBe(1);
  });

  test("of those who were served none is kept once nobody waits", async () => {
    const list = new WaiterList<Caller>();
    const crowd = (): WeakRef<object>[] => {
      const callers = Array.from({ length: 50 }, () => new Caller());
      for (const caller of callers) list.add(caller);
      drain(list);
      return callers.map((caller) => new WeakRef(caller));
    };
    expect(await survivors(crowd())).toBe(0);
    expect(list.size).toBe(0);
  });
});
