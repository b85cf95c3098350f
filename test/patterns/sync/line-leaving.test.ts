import { describe, expect, test } from "vitest";
import { Line, type Place } from "../../../src/patterns/sync/line.ts";
import { rejection, survivors } from "../../support/waiting.ts";

type Caller = Place<void, object>;

/** How often the line looks whether somebody has left, is what its steps cost. */
let looks = 0;

function watched(place: Caller): Caller {
  let left = false;
  return Object.defineProperty(place, "left", {
    get() {
      looks++;
      return left;
    },
    set(value: boolean) {
      left = value;
    },
  });
}

describe("a line", () => {
  test.each([
    ["the first one first", (callers: Caller[]) => callers],
    [
      "the last one first",
      (callers: Caller[]) => callers.map((_, n) => callers[callers.length - 1 - n] as Caller),
    ],
    ["from the middle", (callers: Caller[]) => [...callers.slice(5_000), ...callers.slice(0, 5_000)]],
  ])("is left by 10,000 in O(1) each: %s", (_name, order) => {
    const line = new Line<void, object>();
    for (let n = 0; n < 10_000; n++) void line.wait(undefined, {});
    const leaving = order(line.list().map(watched));
    looks = 0;
    for (const caller of leaving) {
      line.remove(caller);
      line.peek();
    }
    expect(line.size).toBe(0);
    expect(looks).toBeLessThan(6 * 10_000);
  });

  test("does not keep 10,000 who gave up while one waits on, nor what the last of them waited with", async () => {
    const line = new Line<void, object>();
    void line.wait(undefined, {});
    const crowd = async (count: number): Promise<WeakRef<object>[]> => {
      const controller = new AbortController();
      const items = Array.from({ length: count }, () => ({}));
      const waits = items.map((each) => rejection(line.wait(controller.signal, each)));
      controller.abort(null);
      await Promise.all(waits);
      return items.map((each) => new WeakRef(each));
    };
    // A register of the engine may hold one for a while.
    expect(await survivors(await crowd(10_000))).toBeLessThan(5);
    expect(await survivors(await crowd(10))).toBeLessThan(5);
    expect(line.size).toBe(1);
  });

  test("does not keep the places of 10,000 who left while one waits on", async () => {
    const line = new Line();
    void line.wait(undefined, undefined);
    const crowd = (): WeakRef<object>[] => {
      for (let n = 0; n < 10_000; n++) void line.wait(undefined, undefined);
      const places = line.list().slice(1);
      for (const place of places) line.remove(place);
      return places.map((place) => new WeakRef(place));
    };
    expect(await survivors(crowd())).toBeLessThan(100);
    expect(line.size).toBe(1);
  });

  test("does not keep those who were served while others go on waiting", async () => {
    const line = new Line<void, object>();
    const crowd = (): WeakRef<object>[] => {
      const items = Array.from({ length: 20 }, () => ({}));
      for (const each of items) void line.wait(undefined, each);
      for (let served = 0; served < 18; served++) line.next()?.resolve();
      line.peek();
      return items.map((each) => new WeakRef(each));
    };
    expect(await survivors(crowd())).toBeLessThan(2 + 5);
    expect(line.size).toBe(2);
  });

  test("keeps none of those who were served once nobody waits", async () => {
    const line = new Line<void, object>();
    const crowd = (): WeakRef<object>[] => {
      const items = Array.from({ length: 50 }, () => ({}));
      for (const each of items) void line.wait(undefined, each);
      line.empty((place) => place.resolve());
      return items.map((each) => new WeakRef(each));
    };
    const served = crowd();
    // What the engine may hold for a while is one of these then.
    crowd();
    expect(await survivors(served)).toBe(0);
    expect(line.size).toBe(0);
  });
});
