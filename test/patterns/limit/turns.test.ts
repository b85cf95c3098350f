import { describe, expect, test } from "vitest";
import { Turns, type Waiting } from "../../../src/patterns/limit/turns.ts";
import { bytesKeptBy } from "../../support/heap.ts";
import { survivors } from "../../support/waiting.ts";

class Caller implements Waiting {
  static reads = 0;
  readonly priority: number;
  #left = false;

  constructor(priority = 0) {
    this.priority = priority;
  }

  /** How often the list looks at it, is what its steps cost. */
  get left(): boolean {
    Caller.reads++;
    return this.#left;
  }

  set left(left: boolean) {
    this.#left = left;
  }
}

type Give = { readonly give: number };
const give = (n: number): Give => ({ give: n });

function fill(count: number): [Turns<Caller, Give>, Caller[]] {
  const turns = new Turns<Caller, Give>();
  const callers = Array.from({ length: count }, () => new Caller());
  for (const [n, caller] of callers.entries()) turns.add(caller, give(n));
  return [turns, callers];
}

/** What those get who are left, in order. */
function drain(turns: Turns<Caller, Give>): number[] {
  const order: number[] = [];
  while (turns.peek()) order.push(turns.shift().give);
  return order;
}

describe("Turns", () => {
  test("is empty at first, and again when all have had theirs", () => {
    const turns = new Turns<Caller, Give>();
    expect([turns.size, turns.peek()]).toEqual([0, undefined]);
    const task = () => 1;
    turns.add(task, give(7));
    expect([turns.size, turns.peek(), turns.priority]).toEqual([1, task, 0]);
    expect(turns.shift()).toEqual({ give: 7 });
    expect([turns.size, turns.peek()]).toEqual([0, undefined]);
  });

  test("a task stands for itself, among others of priority 0", () => {
    const turns = new Turns<Caller, Give>();
    turns.add(new Caller(-1), give(0));
    turns.add(() => 1, give(1));
    turns.add(new Caller(), give(2));
    turns.add(() => 3, give(3));
    turns.add(new Caller(1), give(4));
    expect(turns.priority).toBe(1);
    expect(drain(turns)).toEqual([4, 1, 2, 3, 0]);
  });

  test("stands by priority, whatever the order of arrival", () => {
    const turns = new Turns<Caller, Give>();
    const priorities = [0, 2, -1, 2, Infinity, 0, 1, -Infinity, 3];
    for (const [n, priority] of priorities.entries()) turns.add(new Caller(priority), give(n));
    expect(drain(turns)).toEqual([4, 8, 1, 3, 6, 0, 5, 2, 7]);
  });

  test("puts a newcomer in its place among some who have left or had their turn", () => {
    const turns = new Turns<Caller, Give>();
    const callers = [3, 2, 1].map((priority) => new Caller(priority));
    for (const caller of callers) turns.add(caller, give(caller.priority));
    turns.remove(callers[1] as Caller);
    turns.add(new Caller(2), give(20));
    expect(turns.shift()).toEqual({ give: 3 });
    turns.add(new Caller(4), give(4));
    expect(turns.size).toBe(3);
    expect(drain(turns)).toEqual([4, 20, 1]);
    turns.add(new Caller(), give(5));
    turns.add(new Caller(1), give(6));
    expect(drain(turns)).toEqual([6, 5]);
  });

  test("keeps its order over thousands of turns that are given and asked for meanwhile", () => {
    const turns = new Turns<Caller, Give>();
    const order: number[] = [];
    let n = 0;
    for (let round = 0; round < 2_000; round++) {
      for (let k = 0; k < 3; k++) turns.add(n % 2 ? () => 1 : new Caller(), give(n++));
      order.push(turns.shift().give);
      turns.peek();
      order.push(turns.shift().give);
    }
    order.push(...drain(turns));
    expect(order).toEqual(Array.from({ length: n }, (_, each) => each));
  });

  test("tidies away those who have left, and keeps the others with what they get", () => {
    const [turns, callers] = fill(300);
    const task = () => 1;
    turns.add(task, give(300));
    for (const [n, caller] of callers.entries()) if (n % 10 !== 0) turns.remove(caller);
    expect(turns.size).toBe(31);
    expect(drain(turns)).toEqual(Array.from({ length: 31 }, (_, n) => 10 * n));
  });

  test.each([
    ["the first one first", (callers: Caller[]) => callers],
    ["the last one first", (callers: Caller[]) => callers.map((_, n) => callers.at(-1 - n) as Caller)],
    ["from the middle", (callers: Caller[]) => [...callers.slice(5_000), ...callers.slice(0, 5_000)]],
  ])("cancelling 10,000 is O(1) each: %s", (_name, order) => {
    const [turns, callers] = fill(10_000);
    const leaving = order(callers);
    Caller.reads = 0;
    for (const caller of leaving) {
      turns.remove(caller);
      turns.peek();
    }
    expect(turns.size).toBe(0);
    expect(Caller.reads).toBeLessThan(6 * 10_000);
  });

  test("10,000 who cancelled while one waits on are not kept", async () => {
    const turns = new Turns<Caller, Give>();
    turns.add(() => 1, give(0));
    const crowd = (): WeakRef<object>[] => {
      const callers = Array.from({ length: 10_000 }, () => new Caller());
      for (const caller of callers) turns.add(caller, give(1));
      for (const caller of callers) turns.remove(caller);
      return callers.map((caller) => new WeakRef(caller));
    };
    expect(await survivors(crowd())).toBeLessThan(100);
    expect(turns.size).toBe(1);
  });

  test("of those who had their turn none is kept, nor what they got", async () => {
    const turns = new Turns<Caller, Give>();
    const crowd = (): WeakRef<object>[] =>
      Array.from({ length: 50 }, (_, n) => {
        const caller = new Caller();
        const given = give(n);
        turns.add(caller, given);
        turns.peek();
        turns.shift();
        return [new WeakRef<object>(caller), new WeakRef<object>(given)];
      }).flat();
    expect(await survivors(crowd())).toBe(0);
    expect(turns.size).toBe(0);
  });

  test.each([1, 2_000])("does not grow while many have their turn and %i always wait", async (waiting) => {
    const turns = new Turns<Caller, Give>();
    const [task, given] = [() => 1, give(1)];
    const kept = await bytesKeptBy(() => {
      for (let n = 0; n < 300_000; n++) {
        turns.add(task, given);
        turns.peek();
        if (turns.size > waiting) turns.shift();
      }
    });
    expect(kept).toBeLessThan(1_000_000);
    expect(turns.size).toBe(waiting);
  });

  test("gives 100,000 their turn, in order", () => {
    const [turns] = fill(100_000);
    expect(drain(turns)).toEqual(Array.from({ length: 100_000 }, (_, n) => n));
  });

  test("takes no task for one who has left, whatever properties it has", () => {
    const turns = new Turns<Caller, Give>();
    const task = (n: number) => Object.assign(() => n, { left: true, priority: n });
    for (const n of [1, 2]) turns.add(task(n), give(n));
    // Tidies away the one that has left.
    const caller = new Caller();
    turns.add(caller, give(3));
    const crowd = Array.from({ length: 200 }, () => new Caller());
    for (const each of crowd) turns.add(each, give(4));
    for (const each of [caller, ...crowd]) turns.remove(each);
    expect(drain(turns)).toEqual([1, 2]);
  });
});
