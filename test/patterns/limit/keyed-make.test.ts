import { describe, expect, test } from "vitest";
import { keyed, QueueFullError, Semaphore, type Keyed } from "yieldpoint";
import { virtualTime } from "yieldpoint/testing";

describe("keyed() whose make asks for keys itself", () => {
  test("keeps to maxKeys", () => {
    const limits: Keyed<string, Semaphore> = keyed(
      (key) => {
        if (key === "tenant") limits.for("global");
        return new Semaphore(1);
      },
      { maxKeys: 1 },
    );
    const tenant = limits.for("tenant");
    expect(limits.stats()).toEqual({ keys: 1 });
    expect(limits.for("tenant")).toBe(tenant);
  });

  test("refuses the key where those that it asked for are in use by then", () => {
    const limits: Keyed<string, Semaphore> = keyed(
      (key) => {
        if (key === "tenant") limits.for("global").tryAcquire();
        return new Semaphore(1);
      },
      { maxKeys: 1 },
    );
    expect(() => limits.for("tenant")).toThrow(QueueFullError);
    expect(limits.stats()).toEqual({ keys: 1 });
  });

  test("has one for a key that it asked for within its own making", () => {
    let inner: Semaphore | undefined;
    let made = 0;
    const limits: Keyed<string, Semaphore> = keyed((key) => {
      if (made++ === 0) inner = limits.for(key);
      return new Semaphore(1);
    });
    expect(limits.for("a")).toBe(inner);
    expect(limits.for("a")).toBe(inner);
    expect(made).toBe(2);
  });
});

describe("keyed() and one that is paused", () => {
  test("does not drop it for another: a new one would let in whoever comes", async () => {
    const limits = keyed(() => new Semaphore(1), { maxKeys: 1 });
    limits.for("a").pause();
    expect(() => limits.for("b")).toThrow(QueueFullError);
    expect(limits.for("a").paused).toBe(true);
    limits.for("a").resume();
    expect(limits.for("b").paused).toBe(false);
  });

  test("does not drop it when it is not asked for", async () => {
    using clock = virtualTime();
    const limits = keyed(() => new Semaphore(1), { idle: 100 });
    limits.for("a").pause();
    await clock.advance(1_000);
    expect(limits.for("a").paused).toBe(true);
    limits.for("a").resume();
    await clock.advance(200);
    expect(limits.stats()).toEqual({ keys: 0 });
    expect(clock.pending).toEqual([]);
  });
});

test.each([
  [undefined, "undefined"],
  [Promise.resolve(new Semaphore(1)), "undefined"],
  [{ stats: {} }, "Object"],
])("keyed() refuses at once what says nothing of its use: make gives %o", (given, got) => {
  const limits = keyed(() => given as unknown as Semaphore);
  expect(() => limits.for("a")).toThrow(
    new TypeError(`keyed: stats of what make gives must be a function, got ${got}`),
  );
  expect(limits.stats()).toEqual({ keys: 0 });
});
