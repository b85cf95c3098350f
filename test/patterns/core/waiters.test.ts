import * as fc from "fast-check";
import { expect, test } from "vitest";
import { WaiterList, type Waiting } from "../../../src/patterns/core/waiters.ts";

interface Named extends Waiting {
  readonly name: number;
}

function waiter(name: number): Named {
  return { name, left: false };
}

function drain(list: WaiterList<Named>): number[] {
  const names: number[] = [];
  for (let next = list.peek(); next; next = list.peek()) {
    names.push(next.name);
    list.remove(next);
  }
  return names;
}

test("a waiter list serves in the order of arrival", () => {
  const list = new WaiterList<Named>();
  for (const name of [3, 1, 2]) list.add(waiter(name));
  expect(list.size).toBe(3);
  expect(drain(list)).toStrictEqual([3, 1, 2]);
  expect(list.size).toBe(0);
});

test("a waiter list steps over who left at the head, in the middle and at the end", () => {
  const list = new WaiterList<Named>();
  const all = [0, 1, 2, 3, 4].map((name) => waiter(name));
  for (const each of all) list.add(each);
  for (const each of all.filter(({ name }) => name % 2 === 0)) list.remove(each);
  expect(list.size).toBe(2);
  expect(drain(list)).toStrictEqual([1, 3]);
  expect(list.peek()).toBeUndefined();
});

test("a waiter list does as a plain array does, whatever comes and goes", () => {
  const command = fc.oneof(
    fc.record({ kind: fc.constant("add" as const), value: fc.constant(0) }),
    fc.record({ kind: fc.constant("serve" as const), value: fc.constant(0) }),
    fc.record({ kind: fc.constant("leave" as const), value: fc.nat() }),
  );
  fc.assert(
    fc.property(fc.array(command, { size: "+3", maxLength: 600 }), (commands) => {
      const list = new WaiterList<Named>();
      const model: Named[] = [];
      commands.forEach(({ kind, value }, name) => {
        if (kind === "add") {
          const added = waiter(name);
          model.push(added);
          list.add(added);
        } else if (model.length > 0) {
          for (const gone of model.splice(kind === "serve" ? 0 : value % model.length, 1)) list.remove(gone);
        }
        expect(list.size).toBe(model.length);
        expect(list.peek()).toBe(model[0]);
      });
      expect(drain(list)).toStrictEqual(model.map(({ name }) => name));
    }),
    { seed: 20_255, numRuns: 100 },
  );
});
