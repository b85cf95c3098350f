import { describe, expect, test } from "vitest";
import { Barrier } from "yieldpoint";
import { observe } from "yieldpoint/testing";
import { flush, rejection } from "../../support/waiting.ts";

const reason = new Error("gave up");

describe("Barrier.arrive()", () => {
  test("waits until all parties are there, and lets all go on", async () => {
    const barrier = new Barrier(3);
    const early = [observe(barrier.arrive()), observe(barrier.arrive())];
    await flush();
    expect(early.map(({ status }) => status)).toEqual(["pending", "pending"]);
    expect(barrier.stats()).toEqual({ parties: 3, waiting: 2 });
    const last = observe(barrier.arrive());
    expect(barrier.stats()).toEqual({ parties: 3, waiting: 0 });
    await flush();
    expect([...early, last].map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "fulfilled"]);
  });

  test("closes behind them and can be used again", async () => {
    const barrier = new Barrier(2);
    for (let round = 0; round < 3; round++) {
      const first = observe(barrier.arrive());
      await flush();
      expect(first.status).toBe("pending");
      await barrier.arrive();
      await flush();
      expect(first.status).toBe("fulfilled");
    }
  });

  test("one that comes back at once belongs to the next round", async () => {
    const barrier = new Barrier(2);
    const rounds: string[] = [];
    const party = async (name: string, count: number): Promise<void> => {
      for (let round = 1; round <= count; round++) {
        await barrier.arrive();
        rounds.push(`${name}${round}`);
      }
    };
    await Promise.all([party("a", 3), party("b", 3)]);
    expect(rounds.map((each) => each.slice(1))).toEqual(["1", "1", "2", "2", "3", "3"]);
  });

  test("with one party, waits for nobody", async () => {
    const barrier = new Barrier(1);
    await barrier.arrive();
    expect(await barrier.arrive()).toBeUndefined();
    expect(barrier.stats()).toEqual({ parties: 1, waiting: 0 });
  });

  test("one that gives up does not count: another must arrive in its place", async () => {
    const barrier = new Barrier(3);
    const controller = new AbortController();
    const gone = observe(barrier.arrive({ signal: controller.signal }));
    const stays = observe(barrier.arrive());
    controller.abort(reason);
    expect(barrier.stats().waiting).toBe(1);
    const second = observe(barrier.arrive());
    await flush();
    expect([gone, stays, second].map(({ status }) => status)).toEqual(["rejected", "pending", "pending"]);
    await barrier.arrive();
    await flush();
    expect([stays, second].map(({ status }) => status)).toEqual(["fulfilled", "fulfilled"]);
  });

  test("one that was aborted before does not count, even as the last", async () => {
    const barrier = new Barrier(2);
    const first = observe(barrier.arrive());
    expect(await rejection(barrier.arrive({ signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(first.status).toBe("pending");
    await barrier.arrive();
  });

  test("one that is about to hear of its abort does not count, and the others keep their places", async () => {
    const barrier = new Barrier(4);
    const controller = new AbortController();
    const { signal } = controller;
    const order: string[] = [];
    const note = (name: string) => () => order.push(name);
    let last: Promise<unknown> | undefined;
    signal.addEventListener("abort", () => {
      last = barrier.arrive().then(note("last"));
    });
    const other = new AbortController();
    void barrier.arrive().then(note("a"));
    const gone = rejection(barrier.arrive({ signal }));
    const given = observe(barrier.arrive({ signal: other.signal }).then(note("b")));
    controller.abort(reason);
    expect(await gone).toBe(reason);
    expect(barrier.stats()).toEqual({ parties: 4, waiting: 3 });
    // Whoever kept his place can still give it up.
    other.abort(reason);
    await flush();
    expect(given.status).toBe("rejected");
    expect(barrier.stats().waiting).toBe(2);
    await Promise.all([barrier.arrive(), barrier.arrive(), last]);
    expect(order).toEqual(["a", "last"]);
  });
});

test.each([
  [0, new RangeError("Barrier: parties must be an integer >= 1, got 0")],
  [1.5, new RangeError("Barrier: parties must be an integer >= 1, got 1.5")],
  [Infinity, new RangeError("Barrier: parties must be an integer >= 1, got Infinity")],
  [Number.NaN, new RangeError("Barrier: parties must be an integer >= 1, got NaN")],
  ["2", new TypeError('Barrier: parties must be an integer >= 1, got "2"')],
  [undefined, new TypeError("Barrier: parties must be an integer >= 1, got undefined")],
])("Barrier: %o parties are refused", (parties, error) => {
  expect(() => new Barrier(parties as number)).toThrow(error);
});
