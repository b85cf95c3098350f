import { describe, expect, test } from "vitest";
import { Line } from "../../../src/patterns/sync/line.ts";
import { rejection } from "../../support/waiting.ts";

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
    const { told, leave } = three();
    expect(await leave(0)).toBe(0);
    expect(told).toStrictEqual([2]);
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
