import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Line, type Place } from "../../../src/patterns/sync/line.ts";
import { rejection } from "../../support/waiting.ts";

type Names = Line<void, number>;

function lineOf(...names: number[]): Names {
  const line: Names = new Line();
  for (const name of names) void line.wait(undefined, name);
  return line;
}

function drain(line: Names): number[] {
  const names: number[] = [];
  line.empty(({ data }) => names.push(data));
  return names;
}

test("a line serves in the order of arrival", () => {
  const line = lineOf(3, 1, 2);
  expect(line.size).toBe(3);
  expect(drain(line)).toStrictEqual([3, 1, 2]);
  expect([line.size, line.peek()]).toStrictEqual([0, undefined]);
});

test("a line steps over who left at the head, in the middle and at the end", () => {
  const line = lineOf(0, 1, 2, 3, 4);
  for (const place of line.list().filter(({ data }) => data % 2 === 0)) line.remove(place);
  expect(line.size).toBe(2);
  expect(line.list().map(({ data }) => data)).toStrictEqual([1, 3]);
  expect(drain(line)).toStrictEqual([1, 3]);
  expect(line.peek()).toBeUndefined();
});

test("a line does as a plain array does, whatever comes and goes", () => {
  const command = fc.oneof(
    fc.record({ kind: fc.constant("add" as const), value: fc.constant(0) }),
    fc.record({ kind: fc.constant("serve" as const), value: fc.constant(0) }),
    fc.record({ kind: fc.constant("leave" as const), value: fc.nat() }),
  );
  fc.assert(
    fc.property(fc.array(command, { size: "+3", maxLength: 600 }), (commands) => {
      const line: Names = new Line();
      const model: Place<void, number>[] = [];
      commands.forEach(({ kind, value }, name) => {
        if (kind === "add") {
          void line.wait(undefined, name);
          model.push(line.list().at(-1) as Place<void, number>);
        } else if (model.length > 0) {
          for (const gone of model.splice(kind === "serve" ? 0 : value % model.length, 1)) line.remove(gone);
        }
        expect(line.size).toBe(model.length);
        expect(line.peek()).toBe(model[0]);
      });
      expect(drain(line)).toStrictEqual(model.map(({ data }) => data));
    }),
    { seed: 20_255, numRuns: 100 },
  );
});

describe("a line's owner", () => {
  /** A line of three, and how long it was each time its owner was told. */
  function three() {
    const controllers = [0, 1, 2].map(() => new AbortController());
    const told: number[] = [];
    const line: Line = new Line(() => told.push(line.size));
    const waits = controllers.map(({ signal }) => line.wait(signal, undefined));
    const leave = (place: number): Promise<unknown> => {
      controllers[place]?.abort(place);
      return rejection(waits[place] as Promise<void>);
    };
    return { line, told, leave };
  }

  test("is told when the first one gives up, who is out of it by then", async () => {
    const { line, told, leave } = three();
    expect(await leave(0)).toBe(0);
    expect(told).toStrictEqual([2]);
    // The owner looks for the next one then.
    line.peek();
    expect(await leave(1)).toBe(1);
    expect(told).toStrictEqual([2, 1]);
  });

  test("is not told when another one gives up, nor when the first one is served", async () => {
    const { line, told, leave } = three();
    expect(await leave(1)).toBe(1);
    expect(await leave(2)).toBe(2);
    line.next()?.resolve();
    expect(line.size).toBe(0);
    expect(told).toStrictEqual([]);
  });
});
